package media

import (
	"fmt"
	"net/url"
	"regexp"
	"strings"

	"coffee-platform/internal/awsname"
	"coffee-platform/internal/problem"
)

// Args describe a bucket. All are plain values: they decide what is created.
type Args struct {
	// AccountID is the AWS account the bucket is in.
	AccountID string
	// Origins are the web origins whose pages may upload to the bucket and download from it:
	// "https://app.example.com", "http://localhost:3000".
	Origins []string
	// IntermediatePrefix is what the keys of intermediate renders start with, "intermediate/", and
	// IntermediateRetentionDays how long those are kept, in days.
	IntermediatePrefix        string
	IntermediateRetentionDays int
	// OldVersionRetentionDays is how long an object can be brought back after it was deleted or
	// overwritten, in days.
	OldVersionRetentionDays int
	// AccessLogRetentionDays is how long the record of requests is kept, in days.
	AccessLogRetentionDays int
	// ForceDestroy has Pulumi empty the buckets when it deletes them; otherwise S3 refuses to delete what
	// is not empty.
	ForceDestroy bool
	// Protect makes Pulumi refuse to delete or replace the buckets and their key.
	Protect bool
}

// maxRetentionDays is ten years: S3 takes more, but more is a typing error.
const maxRetentionDays = 3653

var (
	// Characters that need no escaping, of those S3 holds safe
	// (https://docs.aws.amazon.com/AmazonS3/latest/userguide/object-keys.html).
	keyPrefix = regexp.MustCompile(`^([A-Za-z0-9!_.*'()-]+/)+$`)
	hostName  = regexp.MustCompile(`^[a-z0-9]([a-z0-9-]*[a-z0-9])?(\.[a-z0-9]([a-z0-9-]*[a-z0-9])?)+$`)
)

// Validate reports every problem of the arguments; paths are relative to them.
func (a *Args) Validate() problem.List {
	var problems problem.List
	if !awsname.IsAccountID(a.AccountID) {
		problems.Add("accountId", "%q is not an AWS account: it has 12 digits", a.AccountID)
	}
	a.validateOrigins(&problems)
	if !keyPrefix.MatchString(a.IntermediatePrefix) {
		problems.Add("intermediatePrefix", "%q is not the beginning of keys: write one like intermediate/, with a slash at its end", a.IntermediatePrefix)
	}
	for _, retention := range []struct {
		path string
		days int
	}{
		{"intermediateRetentionDays", a.IntermediateRetentionDays},
		{"oldVersionRetentionDays", a.OldVersionRetentionDays},
		{"accessLogRetentionDays", a.AccessLogRetentionDays},
	} {
		if retention.days < 1 || retention.days > maxRetentionDays {
			problems.Add(retention.path, "%d is outside 1 to %d days", retention.days, maxRetentionDays)
		}
	}
	return problems
}

func (a *Args) validateOrigins(problems *problem.List) {
	if len(a.Origins) == 0 {
		problems.Add("origins", "is empty: name the origin of the product's pages, or no browser can upload")
	}
	seen := map[string]bool{}
	for i, origin := range a.Origins {
		path := fmt.Sprintf("origins[%d]", i)
		switch {
		case !isOrigin(origin):
			problems.Add(path, "%q is not an origin: write one like https://app.example.com, without a path, or http://localhost:3000", origin)
		case seen[origin]:
			problems.Add(path, "%s is named twice", origin)
		}
		seen[origin] = true
	}
}

// isOrigin tells an origin as browsers send it, lower-case and without what goes without saying: https to
// a host that is named, or http to a port of one's own machine.
func isOrigin(text string) bool {
	u, err := url.Parse(text)
	if err != nil || text != strings.ToLower(u.Scheme+"://"+u.Host) {
		return false
	}
	switch u.Scheme {
	case "https":
		return hostName.MatchString(u.Hostname()) && u.Port() != "443" && !strings.HasSuffix(u.Host, ":")
	case "http":
		return u.Hostname() == "localhost" && u.Port() != "" && u.Port() != "80"
	default:
		return false
	}
}
