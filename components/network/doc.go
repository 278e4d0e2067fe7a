// Package network is the VPC an environment lives in: public, private and isolated data subnets in
// each availability zone, the routes between them, and a record of what went through.
//
// Public subnets hold load balancers and NAT gateways; private subnets hold nodes and pods, and reach
// out through NAT; data subnets hold data stores and have no route out of the VPC at all.
package network
