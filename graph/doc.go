// Package graph draws the components of a program and what they need of one
// another. It finds the arrows by itself, in the components' exported fields, so
// that the drawing cannot be older than the wiring.
//
// A broken system is drawn too, with what is missing in red; Check turns that
// into an error for a program that wants to refuse to start. The pictures are
// made by Graphviz's dot; Mermaid and a tree of plain text need nothing else.
package graph
