package rules

import (
	"strings"
	"testing"

	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/stretchr/testify/assert"

	"coffee-platform/policy/rule"
)

// workloadTypes are all types of the Kubernetes provider (v4.33.0) that make pods, each
// of which has a Patch and a List beside it, and where each keeps the pod.
var workloadTypes = map[string]string{
	"core/v1:Pod":                    "",
	"core/v1:PodTemplate":            "template",
	"core/v1:ReplicationController":  "spec.template",
	"apps/v1:Deployment":             "spec.template",
	"apps/v1:StatefulSet":            "spec.template",
	"apps/v1:DaemonSet":              "spec.template",
	"apps/v1:ReplicaSet":             "spec.template",
	"apps/v1beta1:Deployment":        "spec.template",
	"apps/v1beta1:StatefulSet":       "spec.template",
	"apps/v1beta2:Deployment":        "spec.template",
	"apps/v1beta2:StatefulSet":       "spec.template",
	"apps/v1beta2:DaemonSet":         "spec.template",
	"apps/v1beta2:ReplicaSet":        "spec.template",
	"extensions/v1beta1:Deployment":  "spec.template",
	"extensions/v1beta1:DaemonSet":   "spec.template",
	"extensions/v1beta1:ReplicaSet":  "spec.template",
	"batch/v1:Job":                   "spec.template",
	"batch/v1:CronJob":               "spec.jobTemplate.spec.template",
	"batch/v1beta1:CronJob":          "spec.jobTemplate.spec.template",
	"batch/v2alpha1:CronJob":         "spec.jobTemplate.spec.template",
	"argoproj.io/v1alpha1:Rollout":   "spec.template",
	"keda.sh/v1alpha1:ScaledJob":     "spec.jobTargetRef.template",
	"leaderworkerset.x-k8s.io/v1:LW": "spec.template",
}

func TestEveryWorkloadKind(t *testing.T) {
	good := map[string]any{
		"hostNetwork":     false,
		"hostPID":         false,
		"hostIPC":         false,
		"securityContext": map[string]any{"runAsNonRoot": true, "runAsUser": 1000.0},
		"containers": []any{map[string]any{
			"image": "111122223333.dkr.ecr.us-east-1.amazonaws.com/api@sha256:" + strings.Repeat("0", 64),
			"securityContext": map[string]any{
				"runAsNonRoot": true, "runAsUser": 1000.0, "readOnlyRootFilesystem": true,
			},
			"resources": map[string]any{
				"limits":   map[string]any{"cpu": "1", "memory": "1Gi"},
				"requests": map[string]any{"cpu": "1", "memory": "1Gi"},
			},
		}},
	}
	bad := map[string]any{
		"hostNetwork":     true,
		"securityContext": map[string]any{"runAsNonRoot": false},
		"containers": []any{map[string]any{
			"image":           "nginx",
			"securityContext": map[string]any{"readOnlyRootFilesystem": false},
			"resources": map[string]any{
				"requests": map[string]any{"cpu": "0"}, "limits": map[string]any{"memory": "0"},
			},
			"env": []any{map[string]any{"name": "PASSWORD", "value": "x"}},
		}},
	}
	for token, where := range workloadTypes {
		for _, suffix := range []string{"", "Patch", "List"} {
			if suffix != "" && strings.Contains(token, ".") {
				continue // custom resources have no such twins
			}
			for _, r := range []rule.Rule{
				requestResources, limitResources, runAsNonRoot, noHostNamespaces, readOnlyRoot,
				tagImages, pinImages, trustRegistries, noSecretsInPods,
			} {
				name := token + suffix + "/" + r.ID
				ask := func(spec any) rule.Outcome {
					object := podAt(where, spec)
					if suffix == "List" {
						object = map[string]any{"items": []any{podAt(where, good), object}}
					}
					return r.Ask(rule.Resource{
						Type:   "kubernetes:" + token + suffix,
						Inputs: rule.NewValue("", properties(object)),
					}, rule.Env{Settings: r.Defaults()}).Outcome()
				}
				assert.Equal(t, rule.Passed, ask(good), name)
				assert.Equal(t, rule.Failed, ask(bad), name)
				if !strings.HasSuffix(token, ":LW") {
					// A custom resource nobody knows is taken for a workload once it shows containers.
					assert.Equal(t, rule.Undetermined, ask("$unknown"), name)
				}
			}
		}
	}
}

func podAt(where string, spec any) map[string]any {
	object := map[string]any{"spec": spec}
	if where == "" {
		return object
	}
	keys := strings.Split(where, ".")
	for i := len(keys) - 1; i >= 0; i-- {
		object = map[string]any{keys[i]: object}
	}
	return object
}

// A type that merely ends like a workload, or a provider that is not Kubernetes, is not one.
func TestNotEveryDeploymentIsAWorkload(t *testing.T) {
	for _, token := range []string{
		"", "kubernetes", "aws:codedeploy/deployment:Deployment", "kubernetes:apps/v1:DeploymentPatchList",
		"kubernetes:example.com/v1:Deployment", "pulumi:providers:kubernetes", "coffee:workload:Deployment",
	} {
		r := rule.Resource{Type: token, Inputs: rule.NewValue("", resource.PropertyMap{})}
		assert.False(t, runAsNonRoot.AppliesTo(r), token)
	}
}
