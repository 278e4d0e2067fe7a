package budget

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestSummary(t *testing.T) {
	uses := []Use{
		{Name: "database connections", Used: 74, Limit: 181},
		{Name: "general nodes", Used: 16, Limit: 32, Unit: "vCPUs"},
		{Name: "EC2 quota", Used: 5, Limit: 0, Unit: "vCPUs"},
	}
	assert.Equal(t, ""+
		"database connections  74 of 181       (40 %)\n"+
		"general nodes         16 of 32 vCPUs  (50 %)\n"+
		"EC2 quota             5 of 0 vCPUs    (none)", Summary(uses...))
	assert.Equal(t, "database connections 74 of 181 (40 %)", uses[0].String())
	assert.Equal(t, "general nodes 16 of 32 vCPUs (50 %)", uses[1].String())
	assert.Empty(t, Summary())
}
