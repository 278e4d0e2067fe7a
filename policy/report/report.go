// Package report writes down what the pack decided, for people and programs that come
// after the run: which rules were asked, what they refused and what they could not know.
package report

import (
	"cmp"
	"slices"
	"sync"

	"coffee-platform/policy/rule"
)

// Document is the report. Its lists are sorted, so that two runs with the same outcome
// write the same bytes.
type Document struct {
	Pack         Pack   `json:"pack"`
	Organization string `json:"organization"`
	Project      string `json:"project"`
	Stack        string `json:"stack"`
	// DryRun is true for a preview, where much is undetermined by nature.
	DryRun bool `json:"dryRun"`
	// Complete is false when the run ended before the stack as a whole was analyzed.
	Complete     bool        `json:"complete"`
	Rules        []Summary   `json:"rules"`
	Violations   []Violation `json:"violations"`
	Undetermined []Gap       `json:"undetermined"`
}

// Pack identifies the policy pack.
type Pack struct {
	Name    string `json:"name"`
	Version string `json:"version"`
}

// Summary counts the evaluations of one rule: one per resource, and one for the stack.
type Summary struct {
	ID            string `json:"id"`
	Policy        string `json:"policy"`
	Title         string `json:"title"`
	Severity      string `json:"severity"`
	Level         string `json:"level"`
	Passed        int    `json:"passed"`
	Failed        int    `json:"failed"`
	Undetermined  int    `json:"undetermined"`
	NotApplicable int    `json:"notApplicable"`
}

// Violation is one place where a rule was broken.
type Violation struct {
	Rule     string `json:"rule"`
	Severity string `json:"severity"`
	Level    string `json:"level"`
	URN      string `json:"urn"`
	Path     string `json:"path"`
	Message  string `json:"message"`
}

// Gap is one place where a rule could not tell.
type Gap struct {
	Rule   string `json:"rule"`
	URN    string `json:"urn"`
	Path   string `json:"path"`
	Reason string `json:"reason"`
}

// WholeStack stands for the URN of an evaluation that looked at all resources.
const WholeStack = ""

// Recorder collects results while a run is going on. It may be used concurrently.
type Recorder struct {
	mu      sync.Mutex
	results map[evaluation]rule.Result
}

// evaluation is what a rule was asked about. Asked again, it replaces its answer.
type evaluation struct {
	rule string
	urn  string
}

// NewRecorder returns an empty recorder.
func NewRecorder() *Recorder {
	return &Recorder{results: map[evaluation]rule.Result{}}
}

// Record keeps what a rule said about a resource, or about the WholeStack.
func (r *Recorder) Record(ruleID, urn string, result rule.Result) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.results[evaluation{ruleID, urn}] = result
}

// Empty tells whether nothing was recorded yet.
func (r *Recorder) Empty() bool {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.results) == 0
}

// Fill writes the recorded results of the given rules into a document.
func (r *Recorder) Fill(doc *Document, rules []rule.Rule) {
	r.mu.Lock()
	defer r.mu.Unlock()

	byRule := map[string][]rule.Result{}
	for asked, result := range r.results {
		byRule[asked.rule] = append(byRule[asked.rule], result)
	}
	// Empty lists are written as [] and not as null, for readers in other languages.
	doc.Rules, doc.Violations, doc.Undetermined = []Summary{}, []Violation{}, []Gap{}
	for _, asked := range rules {
		summary := Summary{
			ID: asked.ID, Policy: asked.PolicyName(), Title: asked.Title,
			Severity: string(asked.Severity), Level: string(asked.Level),
		}
		for _, result := range byRule[asked.ID] {
			summary.count(result.Outcome())
			for _, f := range result.Failures {
				doc.Violations = append(doc.Violations, Violation{
					Rule: asked.ID, Severity: summary.Severity, Level: summary.Level,
					URN: f.URN, Path: f.Path, Message: f.Message,
				})
			}
			for _, f := range result.Unknowns {
				doc.Undetermined = append(doc.Undetermined, Gap{
					Rule: asked.ID, URN: f.URN, Path: f.Path, Reason: f.Message,
				})
			}
		}
		doc.Rules = append(doc.Rules, summary)
	}
	doc.sort()
}

func (s *Summary) count(outcome rule.Outcome) {
	switch outcome {
	case rule.Passed:
		s.Passed++
	case rule.Failed:
		s.Failed++
	case rule.Undetermined:
		s.Undetermined++
	case rule.NotApplicable:
		s.NotApplicable++
	}
}

func (d *Document) sort() {
	slices.SortFunc(d.Rules, func(a, b Summary) int { return cmp.Compare(a.ID, b.ID) })
	slices.SortFunc(d.Violations, func(a, b Violation) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Message, b.Message))
	})
	slices.SortFunc(d.Undetermined, func(a, b Gap) int {
		return cmp.Or(cmp.Compare(a.Rule, b.Rule), cmp.Compare(a.URN, b.URN),
			cmp.Compare(a.Path, b.Path), cmp.Compare(a.Reason, b.Reason))
	})
}
