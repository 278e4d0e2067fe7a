package rule

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
)

func TestOpeningNamed(t *testing.T) {
	today := time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC)
	for text, open := range map[string]bool{
		`{"publicAccessUntil": "2026-12-08"}`: true,
		`{"publicAccessUntil": "2026-11-24"}`: true,
		`{"publicAccessUntil": "2026-11-23"}`: true,
		`{"publicAccessUntil": "2026-11-22"}`: false,
		`{"publicAccessUntil": "tomorrow"}`:   false,
		`{"publicAccessUntil": 20261208}`:     false,
		`{}`:                                  false,
		``:                                    false,
	} {
		assert.Equal(t, open, OpeningNamed(text, today), text)
	}
}
