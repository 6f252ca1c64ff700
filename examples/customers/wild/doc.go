// Package wild makes up customers as they are found in the wild, together with
// what a migration should make of them.
//
// Each customer is made from the truth outward: first a name, a phone number
// and an e-mail address, then the ways in which people write them. So the
// expected values do not come from the code that is to be tested with them.
// Phone numbers are of ranges kept for fiction, domains of names kept for
// examples: nobody can be called or written to.
package wild
