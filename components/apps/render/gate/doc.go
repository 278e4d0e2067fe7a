// Package gate makes a render pod a machine with one slot, and spreads renders over such machines, with
// nothing but a standard proxy and two configurations of it (docs/decisions/0004-render-gate.md).
//
// Gate stands in front of the render service in its pod. It lets one render through at a time, answers 503
// to the others, lets requests for health and metrics pass always, and finishes its render before it stops.
//
// Balancer stands beside the consumers in their pod. It finds a gate that is free, which a Service, that
// picks at random, does not.
//
// The configurations are for HAProxy 2.6, which Debian 12 has and the tests can run, to 3.2, which Image is.
package gate
