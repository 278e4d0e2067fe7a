// Package cluster is an EKS cluster in Auto Mode: the control plane, the roles it and its nodes run
// under, a node pool for everything that has no pool of its own, and the Kubernetes provider through
// which the rest of an environment reaches it.
//
// In Auto Mode AWS runs Karpenter, the load balancer controller, storage and Pod Identity. The cluster
// has none of AWS's built-in node pools, because nodes of those cannot carry tags of one's own.
package cluster
