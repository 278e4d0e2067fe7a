package exemption

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/policy/rule"
)

var today = time.Date(2026, 1, 10, 23, 59, 0, 0, time.UTC)

const wall = "urn:pulumi:dev::coffee::house:House$paint::wall"

var rules = []rule.Rule{{ID: "z1"}, {ID: "z2"}}

func until(date string) time.Time {
	day, err := time.Parse(time.DateOnly, date)
	if err != nil {
		panic(err)
	}
	return day
}

func exempting(urn, expires string) rule.Exemption {
	return rule.Exemption{
		Rule: "z1", URN: urn, Owner: "painters", Expires: until(expires),
		Reason: "red paint is sold out until spring",
	}
}

func TestParse(t *testing.T) {
	got, err := Parse([]byte(`
- rule: z1
  resource: `+wall+`
  reason: red paint is sold out until spring
  owner: painters
  expires: 2026-03-31
`), rules)
	require.NoError(t, err)
	assert.Equal(t, []rule.Exemption{exempting(wall, "2026-03-31")}, got)
}

func TestEveryProblemIsReportedAtOnce(t *testing.T) {
	_, err := Parse([]byte(`
- {rule: a*, resource: "*", reason: because, owner: " ", expires: soon}
- {rul: z1, resource: "urn:pulumi:*::coffee::paint::wall", reason: [a, b], expires: 2026-02-30}
- {rule: z1, resource: "`+wall+`", reason: red paint is sold out now, owner: painters, expires: 2026-03-31}
- {rule: z1, resource: "`+wall+`", reason: blue paint is nicer by far, owner: painters, expires: 2026-03-31}
`), rules)
	for _, want := range []string{
		`exemptions[0].rule: there is no rule "a*"`,
		`exemptions[0].resource: "*" is not a resource of one stack: write its URN`,
		`exemptions[0].reason: "because" says too little`,
		`exemptions[0].owner: is missing`,
		`exemptions[0].expires: "soon" is not a day`,
		`exemptions[1].rul: unknown key: did you mean rule?`,
		`exemptions[1].resource: "urn:pulumi:*::coffee::paint::wall" is not a resource of one stack`,
		`exemptions[1].reason: is not text`,
		`exemptions[1].expires: "2026-02-30" is not a day`,
		`exemptions[3]: exempts what an entry above exempts`,
	} {
		assert.ErrorContains(t, err, want)
	}
	assert.NotContains(t, err.Error(), "exemptions[2]")
}

func TestWhatIsNoList(t *testing.T) {
	for _, text := range []string{"rule: z1", "- z1", "- {rule: z1, rule: z2}", "\t"} {
		_, err := Parse([]byte(text), rules)
		assert.Error(t, err, text)
	}
}

// The form that the file's header shows is one that is accepted.
func TestTheExampleInTheFileIsReadable(t *testing.T) {
	text, err := os.ReadFile(filepath.Join("..", "..", "stacks", "policies", "exemptions.yaml"))
	require.NoError(t, err)
	var example strings.Builder
	for line := range strings.Lines(string(text)) {
		if field, ok := strings.CutPrefix(line, "# "); ok && (strings.HasPrefix(field, "- ") || strings.HasPrefix(field, "  ") && strings.Contains(field, ": ")) {
			example.WriteString(field)
		}
	}
	got, err := Parse([]byte(example.String()), []rule.Rule{{ID: "c1"}})
	require.NoError(t, err, example.String())
	require.Len(t, got, 1)
}

// How long an exemption may last, and that its last day is one of them.
func TestInForce(t *testing.T) {
	for expires, objected := range map[string]string{
		"2026-01-09": "expired on 2026-01-09",
		"2026-01-10": "",
		"2026-07-09": "",
		"2026-07-10": "expires in 181 days, and 180 is the most",
	} {
		e := exempting(wall, expires)
		assert.Equal(t, objected, objection(e, today), expires)
		assert.Equal(t, objected == "", len(InForce([]rule.Exemption{e}, today)) == 1, expires)
	}
}

func TestBroadExemptions(t *testing.T) {
	for _, urn := range []string{
		"urn:pulumi:dev::coffee::paint::*",
		"urn:pulumi:dev::coffee::*::wall",
		"urn:pulumi:dev::coffee::paint::wal?",
		"urn:pulumi:dev::coffee::pulumi:pulumi:Stack::coffee-dev",
	} {
		assert.Equal(t, "covers more than one resource", objection(exempting(urn, "2026-02-01"), today), urn)
	}
}

func TestJudge(t *testing.T) {
	other := "urn:pulumi:prod::coffee::paint::wall"
	for _, c := range []struct {
		name    string
		e       rule.Exemption
		use     Use
		outcome rule.Outcome
		says    string
	}{
		{"needed", exempting(wall, "2026-02-01"), Needed, rule.Passed, ""},
		{"expired", exempting(wall, "2026-01-01"), Needless, rule.Failed, "expired on 2026-01-01"},
		{"too long", exempting(wall, "2027-01-01"), Needless, rule.Failed, "180 is the most"},
		{"unused", exempting(wall, "2026-02-01"), Needless, rule.Failed, "does not break the rule"},
		{"of nothing", exempting(wall, "2026-02-01"), Absent, rule.Failed, "no such resource"},
		{"not known", exempting(wall, "2026-02-01"), Open, rule.Undetermined, "before deployment"},
		{"expired and not known", exempting(wall, "2026-01-01"), Open, rule.Failed, "expired"},
		{"of another stack", exempting(other, "2026-01-01"), Absent, rule.Passed, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			result := Judge([]rule.Exemption{c.e}, "coffee", "dev", today, func(rule.Exemption) Use { return c.use })
			assert.Equal(t, c.outcome, result.Outcome())
			for _, f := range append(result.Failures, result.Unknowns...) {
				assert.Contains(t, f.Message, c.says)
				assert.Contains(t, f.Message, wall, "it is named")
				assert.Contains(t, f.Message, "painters", "who can renew it is named")
				assert.Equal(t, c.use == Absent, f.URN == "")
			}
		})
	}
}
