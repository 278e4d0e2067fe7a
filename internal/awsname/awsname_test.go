package awsname_test

import (
	"testing"

	"github.com/stretchr/testify/assert"

	"coffee-platform/internal/awsname"
)

func TestIsAccountID(t *testing.T) {
	assert.True(t, awsname.IsAccountID("111122223333"))
	for _, text := range []string{"", "11112222333", "1111222233334", "1111-2222-3333", "11112222333a", "111122223333\n"} {
		assert.False(t, awsname.IsAccountID(text), "%q", text)
	}
}

func TestIsRegion(t *testing.T) {
	for _, text := range []string{"us-east-1", "eu-west-3", "us-gov-west-1", "ap-southeast-2"} {
		assert.True(t, awsname.IsRegion(text), "%q", text)
	}
	for _, text := range []string{"", "us-east-1a", "us-east", "US-EAST-1", "east-1", "us-east-1\n"} {
		assert.False(t, awsname.IsRegion(text), "%q", text)
	}
}
