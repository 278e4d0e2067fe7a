// Package gatesim simulates consumers that look for a free render gate: how often each has to try, how long
// it waits, and how much of the gates' time is lost meanwhile. It chose how renders are spread over gates
// (docs/decisions/0004-render-gate.md), and its figures are in that page.
//
// Time is simulated and chance is seeded: the same scenario gives the same figures, on any machine.
package gatesim
