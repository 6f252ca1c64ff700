// Package contact brings the contact data of customers, as found in the wild,
// into a regular form: names are split, phone numbers become E.164, e-mail
// addresses become comparable.
//
// Its functions are pure, allocate little, and cost about a microsecond: they
// run once for each of millions of customers. Their errors quote the value and
// say what is wrong with it.
package contact
