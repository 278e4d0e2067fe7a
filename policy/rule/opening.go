package rule

import (
	"encoding/json"
	"time"
)

// OpeningNamed reads from a stack's settings of its cluster whether prod's endpoint may be open on a day: until one
// that is not over. Time zones make it end a day later for some. What cannot be read opens nothing.
func OpeningNamed(text string, today time.Time) bool {
	var cluster struct {
		PublicAccessUntil string `json:"publicAccessUntil"`
	}
	if json.Unmarshal([]byte(text), &cluster) != nil {
		return false
	}
	until, err := time.Parse(time.DateOnly, cluster.PublicAccessUntil)
	return err == nil && !today.After(until.AddDate(0, 0, 1))
}
