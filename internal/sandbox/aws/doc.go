// Package aws stands in for the Pulumi AWS provider: it speaks the provider protocol and keeps what it
// makes in the sandbox's cloud, and no AWS API is called or served.
//
// It is a catalogue, not an echo: every resource type has an entry that says what AWS would refuse, what
// it would compute and what it would let go; a type without an entry is refused by name. Entries are in
// a file per service. Inputs are also held to the provider's own schema, as its SDK has it.
package aws
