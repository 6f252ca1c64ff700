// Package yamltext refuses values that YAML reads otherwise than the people who
// wrote them mean: a null for a text, a statement that ends at a comment.
package yamltext
