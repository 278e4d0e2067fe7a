package rule

import "time"

// Exemption lets one resource break one rule, for as long as somebody answers for it.
type Exemption struct {
	// Rule is the rule's id, such as c1.
	Rule string
	// URN of the one resource.
	URN string
	// Reason says why it has to be so.
	Reason string
	// Owner is who answers for it.
	Owner string
	// Expires is the last day it holds, at midnight UTC.
	Expires time.Time
}

// DaysLeft is how many days an exemption holds after a day; negative when it has expired.
func (e Exemption) DaysLeft(today time.Time) int {
	return int(e.Expires.Sub(dayOf(today)) / (24 * time.Hour))
}

func dayOf(t time.Time) time.Time {
	year, month, day := t.UTC().Date()
	return time.Date(year, month, day, 0, 0, 0, 0, time.UTC)
}

// Exempted is a failure that an exemption covers.
type Exempted struct {
	Finding
	By Exemption
}

// Exempt takes from the failures of a rule those that an exemption covers.
func (r Result) Exempt(ruleID string, exemptions []Exemption) Result {
	failures := r.Failures
	r.Failures = nil
	for _, failure := range failures {
		if by, exempt := covering(exemptions, ruleID, failure.URN); exempt {
			r.Exempted = append(r.Exempted, Exempted{Finding: failure, By: by})
		} else {
			r.Failures = append(r.Failures, failure)
		}
	}
	return r
}

func covering(exemptions []Exemption, ruleID, urn string) (Exemption, bool) {
	for _, e := range exemptions {
		if e.Rule == ruleID && e.URN == urn {
			return e, true
		}
	}
	return Exemption{}, false
}
