// Package nodepool is a pool of nodes of an EKS cluster in Auto Mode: a NodeClass, which says how nodes
// are made, and a NodePool, which says which ones, for whom and how many.
//
// A dedicated pool takes only pods that ask for it and tolerate its taint; renders have one, so that a
// burst of them neither starves nor endangers anything else.
package nodepool
