package image_test

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/image"
)

func TestIsByDigest(t *testing.T) {
	digest := "@sha256:" + strings.Repeat("0a", 32)
	for _, name := range []string{
		"docker.io/library/haproxy" + digest,
		"docker.io/library/haproxy:3.2" + digest,
		"111122223333.dkr.ecr.us-east-1.amazonaws.com/cpv3-backend" + digest,
		"localhost:5000/a/b" + digest,
	} {
		assert.True(t, image.IsByDigest(name), name)
	}
	for _, name := range []string{
		"", "haproxy" + digest, "docker.io/library/haproxy:3.2", "docker.io/library/haproxy", digest,
		"docker.io/library/haproxy@sha256:" + strings.Repeat("0a", 31), "docker.io/library/haproxy@sha256:" + strings.Repeat("0A", 32),
		"docker.io/library/haproxy" + digest + "\n", "docker.io/Library/haproxy" + digest,
	} {
		assert.False(t, image.IsByDigest(name), "%q", name)
	}
}
