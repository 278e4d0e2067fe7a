package rule

// Control is a published rule that asks for the same as one of ours.
type Control struct {
	Framework string
	Version   string
	ID        string
}

// String is the form shown in messages, such as "CIS AWS 3.2.3".
func (c Control) String() string { return c.Framework + " " + c.ID }

// FSBP is a control of AWS Foundational Security Best Practices.
func FSBP(id string) Control { return Control{Framework: "AWS FSBP", Version: "1.0.0", ID: id} }

// CISAWS is a recommendation of the CIS benchmark for AWS accounts.
func CISAWS(id string) Control { return Control{Framework: "CIS AWS", Version: "7.0", ID: id} }

// CISKubernetes is a recommendation of the CIS benchmark for Kubernetes.
func CISKubernetes(id string) Control {
	return Control{Framework: "CIS Kubernetes", Version: "1.12", ID: id}
}

// PodSecurity is a level of the Kubernetes Pod Security Standards.
func PodSecurity(level string) Control {
	return Control{Framework: "Pod Security", Version: "1.34", ID: level}
}

// Checkov is a check of the scanner Checkov.
func Checkov(id string) Control { return Control{Framework: "Checkov", ID: id} }

// Trivy is a check of the scanner Trivy.
func Trivy(id string) Control { return Control{Framework: "Trivy", ID: id} }

// KubeLinter is a check of the linter kube-linter.
func KubeLinter(id string) Control { return Control{Framework: "kube-linter", ID: id} }

// KubeScore is a check of the linter kube-score.
func KubeScore(id string) Control { return Control{Framework: "kube-score", ID: id} }

// CISEKS is a recommendation of the CIS benchmark for Amazon EKS.
func CISEKS(id string) Control { return Control{Framework: "CIS EKS", Version: "1.7", ID: id} }

// Gatekeeper is a constraint template of the library of the admission controller Gatekeeper.
func Gatekeeper(id string) Control { return Control{Framework: "Gatekeeper", ID: id} }
