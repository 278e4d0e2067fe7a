// Package cluster is an EKS cluster in Auto Mode: the control plane, the roles it and its nodes run
// under, who may enter it, and the Kubernetes provider through which the rest of an environment reaches
// it. Nodes come from pools, which are components of their own.
//
// In Auto Mode AWS runs Karpenter, the load balancer controller, storage and Pod Identity. The cluster
// has none of AWS's built-in node pools, because nodes of those cannot carry tags of one's own.
package cluster
