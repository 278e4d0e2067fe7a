// Package workload is the hardened pod that everything of the product runs in: a Deployment under the
// restricted Pod Security standard, its Service, its ServiceAccount, its settings and secrets, its network
// policy and its disruption budget; or a Job of the same kind. What a workload may choose is in Args; what it
// may not choose is not there.
//
// Every pod runs as a user of its own choosing above 10000, on a read-only root file system, without
// capabilities, without a Kubernetes token, with memory bounded, spread over zones and nodes. It is called by,
// and calls, whom its arguments name, and nobody else.
package workload
