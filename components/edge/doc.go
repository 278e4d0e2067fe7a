// Package edge is what the internet meets: one application load balancer with a certificate and a name, a web
// application firewall before it, and target groups that EKS Auto Mode fills with pods.
//
// Everything of it belongs to Pulumi but the pods' addresses in the target groups: those a TargetGroupBinding
// has the cluster keep. What is not in the list of routes cannot be reached by any path, because the security
// groups let the load balancer speak to the routed ports only (docs/decisions/0007-edge.md).
package edge
