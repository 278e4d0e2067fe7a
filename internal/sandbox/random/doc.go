// Package random stands in for the Pulumi random provider, whose resources exist nowhere but in a
// stack's state. It is a catalogue of one, RandomPassword; a type without an entry is refused by name.
//
// What it makes is not random: it is the same in every new sandbox, so that two runs read alike, and
// another for each object made. Nothing in a sandbox is worth a secret.
package random
