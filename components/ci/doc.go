// Package ci is who GitHub Actions is in an AWS account: its OIDC provider, and a role that jobs of named
// repositories, on a named branch of each, assume to push container images. There is no key to keep, to leak or
// to rotate: GitHub signs who a job is, and AWS hands it credentials that end by themselves.
package ci
