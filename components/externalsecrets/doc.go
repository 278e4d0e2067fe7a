// Package externalsecrets brings secrets from AWS Secrets Manager into the cluster: the External Secrets
// controller, which may read the secrets named to it and no others, and the store by which one namespace asks
// it for them.
//
// The controller works in that namespace only and makes nothing cluster-wide. Its webhook and the certificate
// controller for it are not installed: the webhook would check what is checked here before it is deployed, and
// its certificate controller may read every Secret of the cluster.
package externalsecrets
