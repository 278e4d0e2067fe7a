package main

import (
	"errors"
	"testing"

	"github.com/stretchr/testify/assert"
)

// What the engine printed is above already; whatever else went wrong is told.
func TestFailed(t *testing.T) {
	byCLI := errors.New("failed to run preview: exit status 255\ncode: 255\nstdout: Previewing update\nstderr: a resource is wrong")
	assert.EqualError(t, failed("the preview", byCLI), "the preview failed: the reason is above (failed to run preview: exit status 255)")
	assert.EqualError(t, failed("the refresh", errors.New("context canceled")), "the refresh failed: context canceled")
}
