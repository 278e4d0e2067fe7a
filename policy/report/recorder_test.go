package report

import (
	"testing"
	"time"

	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

var (
	asked  = []rule.Rule{{ID: "r1"}, {ID: "r2"}}
	failed = rule.Result{Failures: []rule.Finding{{URN: "u", Message: "is wrong"}}}
)

func summaries(r *Recorder) []Summary {
	var doc Document
	r.Fill(&doc, asked, time.Time{})
	return doc.Rules
}

// A resource may be asked about again in the same run, as when its program runs twice; what was said before does
// not count then.
func TestWhatIsAskedAgainCountsOnce(t *testing.T) {
	r := NewRecorder()
	assert.True(t, r.Empty())
	r.Record("u", Answer{"r1", failed}, Answer{"r2", rule.Result{}})
	assert.False(t, r.Empty())
	assert.True(t, r.Failed())

	r.Record("u", Answer{"r1", rule.Result{}}, Answer{"r2", rule.Skip("not for it")})
	assert.False(t, r.Failed())
	assert.Equal(t, []Summary{{ID: "r1", Policy: asked[0].PolicyName(), Passed: 1}, {ID: "r2", Policy: asked[1].PolicyName(), NotApplicable: 1}},
		summaries(r))
}

// The stack is asked about rule by rule.
func TestRulesAreRecordedOneByOne(t *testing.T) {
	r := NewRecorder()
	r.Record(WholeStack, Answer{"r1", failed})
	r.Record(WholeStack, Answer{"r2", rule.Result{}})
	assert.True(t, r.Failed())
	assert.Equal(t, []Summary{{ID: "r1", Policy: asked[0].PolicyName(), Failed: 1}, {ID: "r2", Policy: asked[1].PolicyName(), Passed: 1}},
		summaries(r))
}

func TestWhatWasAskedAboutAResource(t *testing.T) {
	exempted := rule.Result{Exempted: []rule.Exempted{{Finding: rule.Finding{URN: "u"}}}}
	unknown := rule.Result{Unknowns: []rule.Finding{{URN: "else"}}}
	for name, c := range map[string]struct {
		record func(*Recorder)
		want   Asked
	}{
		"nothing":                       {func(*Recorder) {}, Asked{}},
		"another rule":                  {func(r *Recorder) { r.Record("u", Answer{"r2", exempted}) }, Asked{}},
		"another resource":              {func(r *Recorder) { r.Record("v", Answer{"r1", exempted}) }, Asked{}},
		"itself":                        {func(r *Recorder) { r.Record("u", Answer{"r1", exempted}) }, Asked{OfResource: true, Exempted: true}},
		"the stack":                     {func(r *Recorder) { r.Record(WholeStack, Answer{"r1", exempted}) }, Asked{Exempted: true}},
		"the stack, of what is unknown": {func(r *Recorder) { r.Record(WholeStack, Answer{"r1", unknown}) }, Asked{Undetermined: true}},
		"itself, and the stack after other rules": {func(r *Recorder) {
			r.Record("u", Answer{"r2", failed}, Answer{"r1", unknown})
			r.Record(WholeStack, Answer{"r2", failed})
			r.Record(WholeStack, Answer{"r1", exempted})
		}, Asked{OfResource: true, Exempted: true, Undetermined: true}},
	} {
		r := NewRecorder()
		c.record(r)
		assert.Equal(t, c.want, r.About("r1", "u"), name)
	}
}
