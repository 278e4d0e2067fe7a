// Package exemption reads and judges exemptions: violations that are let pass for a time.
package exemption

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"sigs.k8s.io/yaml"

	"coffee-platform/internal/problem"
	"coffee-platform/internal/strict"
	"coffee-platform/policy/rule"
)

// fewestWords is how many words a reason has at least. "Not needed" is no reason.
const fewestWords = 5

// entry is an exemption as it is written.
type entry struct {
	Rule     string `json:"rule"`
	Resource string `json:"resource"`
	Reason   string `json:"reason"`
	Owner    string `json:"owner"`
	Expires  string `json:"expires"`
}

// Parse reads a YAML list of exemptions from the given rules. Everything that is wrong with
// it is reported at once: an exemption that was read wrongly exempts something else.
func Parse(data []byte, rules []rule.Rule) ([]rule.Exemption, error) {
	text, err := yaml.YAMLToJSONStrict(data)
	if err != nil {
		return nil, fmt.Errorf("the exemptions are not YAML: %w", err)
	}
	var written []map[string]any
	if err := json.Unmarshal(text, &written); err != nil {
		return nil, fmt.Errorf("the exemptions are not a list of maps, each with rule, resource, reason, owner and expires: %w", err)
	}
	var problems problem.List
	exemptions := make([]rule.Exemption, len(written))
	for i, values := range written {
		var found problem.List
		exemptions[i] = read(values, rules, &found)
		if slices.ContainsFunc(exemptions[:i], sameAs(exemptions[i])) {
			found.Add("", "exempts what an entry above exempts: remove one")
		}
		problems.AddUnder(fmt.Sprintf("exemptions[%d]", i), found)
	}
	if err := problems.Err(); err != nil {
		return nil, err
	}
	return exemptions, nil
}

func read(values map[string]any, rules []rule.Rule, problems *problem.List) rule.Exemption {
	var e entry
	texts := map[string]string{}
	for _, name := range slices.Sorted(maps.Keys(values)) {
		if text, ok := values[name].(string); ok {
			texts[name] = text
		} else {
			problems.Add(name, "is not text: put it in quotes")
			texts[name] = ""
		}
	}
	strict.Decode(texts, &e, problems)
	expires, err := time.Parse(time.DateOnly, e.Expires)
	if err != nil {
		problems.Add("expires", "%q is not a day: write the last day it holds, such as 2026-03-31", e.Expires)
	}
	if !slices.ContainsFunc(rules, func(r rule.Rule) bool { return r.ID == e.Rule }) {
		problems.Add("rule", "there is no rule %q to be exempt from: write its id, such as c1", e.Rule)
	}
	if !namesItsStack(e.Resource) {
		problems.Add("resource", "%q is not a resource of one stack: write its URN, as the violation or the report shows it", e.Resource)
	}
	if len(strings.Fields(e.Reason)) < fewestWords {
		problems.Add("reason", "%q says too little: write why it has to be so, for the one who reviews it", e.Reason)
	}
	if strings.TrimSpace(e.Owner) == "" {
		problems.Add("owner", "is missing: write who answers for it")
	}
	return rule.Exemption{Rule: e.Rule, URN: e.Resource, Reason: e.Reason, Owner: e.Owner, Expires: expires}
}

// namesItsStack tells whether a text is a URN, whose stack and project are written out. Of
// what could be any stack's, no deployment would ever say that it is too much.
func namesItsStack(text string) bool {
	urn := resource.URN(text)
	return urn.IsValid() && !strings.ContainsAny(string(urn.Stack())+string(urn.Project()), wildcards)
}

func sameAs(e rule.Exemption) func(rule.Exemption) bool {
	return func(other rule.Exemption) bool { return other.Rule == e.Rule && other.URN == e.URN }
}
