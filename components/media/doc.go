// Package media is the S3 bucket of users' videos: never public, TLS only, encrypted with a key of its
// own, versioned, so that what was deleted or overwritten can be brought back for a while. Browsers of the
// product's own origins upload to it and download from it by presigned URLs. Every request is logged to a
// second bucket.
package media
