package analyzer

import (
	"coffee-platform/policy/report"
	"coffee-platform/policy/rule"
)

func (s *Server) finish() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.complete = true
}

// WriteReport writes what was recorded, if a report is wanted and there is anything to
// tell: describing the pack must not overwrite the report of the last deployment. A
// report that cannot be written is no reason to stop a deployment, and is not silent.
func (s *Server) WriteReport() {
	if s.reportPath == "" || s.recorder.Empty() {
		return
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	doc := report.Document{
		Pack:         report.Pack{Name: s.pack.Name, Version: s.pack.Version},
		Organization: s.deployment.Organization,
		Project:      s.deployment.Project,
		Stack:        s.deployment.Stack,
		DryRun:       s.deployment.DryRun,
		Complete:     s.complete,
	}
	s.recorder.Fill(&doc, s.ran(), s.pack.Today)
	if err := report.Write(s.reportPath, doc); err != nil {
		s.log.Print(err)
	}
}

// ran are the rules at their configured levels, the disabled ones among them: a report
// says what was switched off.
func (s *Server) ran() []rule.Rule {
	rules := make([]rule.Rule, 0, len(s.rules))
	for _, c := range s.rules {
		rules = append(rules, c.Rule)
	}
	return rules
}
