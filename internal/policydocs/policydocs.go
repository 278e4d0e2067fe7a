// Package policydocs renders the catalogue of the policy pack's rules, docs/policies.md.
package policydocs

import (
	_ "embed" // for the preamble
	"encoding/json"
	"fmt"
	"strings"

	"coffee-platform/policy/exemption"
	"coffee-platform/policy/rule"
	"coffee-platform/policy/rules"
)

//go:embed preamble.md
var preamble string

// groups are the headings of the rules by the first letter of their ids.
var groups = map[byte]string{
	'a': "Limits",
	'b': "Non-root and pod security",
	'c': "Private data stores and network",
	'd': "Encryption",
	'e': "Recovery and availability of data",
	'f': "IAM",
	'g': "Supply chain",
	'h': "Plaintext secrets",
	'i': "Cost",
	'j': "Tags and labels",
	'k': "Availability",
	'x': "The policies themselves",
}

// coverage says what the types are that a rule is said to look at.
const coverage = "What a rule looks at is named by the types that its tests try; of most Kubernetes kinds it looks at other " +
	"versions,\npatches and lists as well."

// Render is the catalogue as Markdown. Root is the repository's root, where the fixtures
// name the resource types that the selectors are asked about.
func Render(root string) (string, error) {
	types, err := fixtureTypes(root)
	if err != nil {
		return "", err
	}
	all := append(rules.All(), exemption.Rule)
	var b strings.Builder
	b.WriteString(preamble)
	b.WriteString("\n## Rules\n\n" + coverage + "\n\n| id | what passes | severity | level | binds | published ids |\n|---|---|---|---|---|---|\n")
	for _, r := range all {
		fmt.Fprintf(&b, "| [%s](#%s) | %s | %s | %s | %s | %s |\n",
			r.ID, r.ID, cell(r.Title), r.Severity, r.Level, binds(r), cell(orDash(controls(r))))
	}
	var group byte
	for _, r := range all {
		if r.ID[0] != group {
			group = r.ID[0]
			fmt.Fprintf(&b, "\n## %s\n", groups[group])
		}
		if err := writeRule(&b, r, types); err != nil {
			return "", err
		}
	}
	return b.String(), nil
}

func writeRule(b *strings.Builder, r rule.Rule, types []string) error {
	fmt.Fprintf(b, "\n<a id=\"%s\"></a>\n\n### %s: %s\n\n%s.\n\n", r.ID, r.ID, r.Name, r.Title)
	fmt.Fprintf(b, "- **Why:** %s.\n- **Fix:** %s.\n- **Looks at:** %s.\n", r.Why, r.Fix, looksAt(r, types))
	if len(r.Settings) == 0 {
		return nil
	}
	b.WriteString("\n| setting | meaning | default |\n|---|---|---|\n")
	for _, setting := range r.Settings {
		written, err := json.Marshal(setting.Schema()["default"])
		if err != nil {
			return fmt.Errorf("default of %s of %s: %w", setting.Name, r.ID, err)
		}
		fmt.Fprintf(b, "| `%s` | %s | `%s` |\n", setting.Name, cell(setting.Description), cell(string(written)))
	}
	return nil
}

func binds(r rule.Rule) string {
	if len(r.Tiers) == 0 {
		return "all"
	}
	names := make([]string, len(r.Tiers))
	for i, tier := range r.Tiers {
		names[i] = tier.String()
	}
	return strings.Join(names, ", ")
}

func controls(r rule.Rule) string {
	names := make([]string, len(r.Controls))
	for i, control := range r.Controls {
		names[i] = control.String()
	}
	return strings.Join(names, ", ")
}

func orDash(text string) string {
	if text == "" {
		return "—"
	}
	return text
}

// cell keeps a text inside its table cell.
func cell(text string) string { return strings.ReplaceAll(text, "|", "\\|") }
