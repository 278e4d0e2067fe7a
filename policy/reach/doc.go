// Package reach reasons over the network of a whole stack: can anything on the internet reach a data
// store, and which workloads can?
//
// Answers have three values. Yes and no hold whatever the values turn out to be that a preview does
// not know; maybe depends on them, or on what is not in the stack. So every set of addresses is kept
// twice: those that are in it for sure, and those that are possibly in it.
//
// What counts as reaching is that packets from the one end arrive at the other. A load balancer
// forwards to its targets and is part of a path. An instance, a function or a pod ends the connection,
// even if it then opens another: it is not part of a path from the internet, and that it reaches a
// data store itself is the answer to the second question.
package reach
