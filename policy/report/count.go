package report

import "github.com/pulumi/pulumi/sdk/v3/go/common/apitype"

// severities are those of rules, the highest first.
var severities = []apitype.PolicySeverity{
	apitype.PolicySeverityCritical, apitype.PolicySeverityHigh, apitype.PolicySeverityMedium, apitype.PolicySeverityLow,
}

// count counts what the lists hold by severity.
func (d *Document) count() {
	d.Severities = make([]Count, len(severities))
	for i, severity := range severities {
		c := &d.Severities[i]
		c.Severity = string(severity)
		for _, v := range d.Violations {
			c.Violations += one(v.Severity == c.Severity)
		}
		for _, e := range d.Exempted {
			c.Exempted += one(e.Severity == c.Severity)
		}
		for _, g := range d.Undetermined {
			c.Undetermined += one(g.Severity == c.Severity)
		}
	}
}

func one(counts bool) int {
	if counts {
		return 1
	}
	return 0
}
