package reach

import (
	"testing"

	"github.com/stretchr/testify/assert"
)

func TestAQuestionIsAskedOnce(t *testing.T) {
	asked := 0
	answers := map[string]int{}
	for range 2 {
		assert.Equal(t, 1, remember(answers, "how often", func() int { asked++; return asked }))
	}
	assert.Equal(t, 2, remember(answers, "and then", func() int { asked++; return asked }))
}
