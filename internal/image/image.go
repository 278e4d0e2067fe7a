// Package image tells names of container images that can only ever mean one image from those that cannot.
package image

import "regexp"

var byDigest = regexp.MustCompile(`^[a-z0-9.-]+(:\d+)?(/[a-z0-9._-]+)+(:[\w.-]+)?@sha256:[0-9a-f]{64}$`)

// Remedy is what to write instead of a name that is not by digest, for messages.
const Remedy = "write registry/name@sha256:<64 hexadecimal digits>, because a tag can come to mean another image"

// IsByDigest tells whether a name says its registry and the digest of the image.
func IsByDigest(name string) bool { return byDigest.MatchString(name) }
