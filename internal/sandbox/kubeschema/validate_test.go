package kubeschema

import (
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"sync"
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"

	"coffee-platform/internal/problem"
)

// accepted are whole objects as a project of this kind writes them.
var accepted = map[string]string{
	"Deployment": deployment, "Pod": pod, "ReplicaSet": replicaSet, "ReplicationController": replicationController,
	"PodTemplate": podTemplate, "StatefulSet": statefulSet, "DaemonSet": daemonSet, "Job": job, "indexed Job": indexedJob,
	"CronJob": cronJob, "Service": service, "LoadBalancer": loadBalancer, "Ingress": ingress, "IngressClass": ingressClass,
	"NetworkPolicy": networkPolicy, "PodDisruptionBudget": disruptionBudget, "HorizontalPodAutoscaler": autoscaler,
	"PriorityClass": priorityClass, "ConfigMap": configMap, "Secret": secret, "PersistentVolumeClaim": claim,
	"StorageClass": storageClass, "ResourceQuota": resourceQuota, "LimitRange": limitRange, "Role": role,
	"ClusterRole": clusterRole, "RoleBinding": roleBinding, "ClusterRoleBinding": clusterRoleBinding, "Lease": lease,
	"CustomResourceDefinition": definition, "Namespace": namespace, "NodePool": nodePool, "NodeClass": nodeClass,
	"TargetGroupBinding": targetGroupBinding,
	"sidecar": `
apiVersion: apps/v1
kind: Deployment
metadata: {name: render, namespace: coffee}
spec:
  selector: {matchLabels: {app: render}}
  template:
    metadata:
      labels: {app: render}
      annotations: {karpenter.sh/do-not-disrupt: "true", controller.kubernetes.io/pod-deletion-cost: "-5"}
    spec:
      initContainers:
      - name: remotion
        image: render
        restartPolicy: Always
        startupProbe: {exec: {command: [/bin/true]}, failureThreshold: 30}
        livenessProbe: {tcpSocket: {port: 3000}}
        ports: [{containerPort: 3000}]
      containers:
      - {name: gate, image: haproxy, readinessProbe: {grpc: {port: 9000}}, resources: {limits: {nvidia.com/gpu: 1, memory: 64Mi}}}
      volumes:
      - name: token
        projected: {sources: [{serviceAccountToken: {path: token, expirationSeconds: 3600}}, {downwardAPI: {items: [{path: labels, fieldRef: {fieldPath: "metadata.labels['app']"}}]}}]}
`,
}

func TestRealisticObjectsAreAccepted(t *testing.T) {
	for name, text := range accepted {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, Validate(parse(t, text)))
		})
	}
}

func TestObjectsAreNotChanged(t *testing.T) {
	for name, text := range accepted {
		t.Run(name, func(t *testing.T) {
			object := parse(t, text)
			Validate(object)
			assert.Equal(t, parse(t, text), object)
		})
	}
}

func TestWithoutIdentityNothingIsJudged(t *testing.T) {
	for name, row := range map[string]struct {
		object map[string]any
		want   []string
	}{
		"nil":            {nil, []string{"apiVersion: Required value", "kind: Required value"}},
		"no kind":        {map[string]any{"apiVersion": "v1"}, []string{"kind: Required value"}},
		"kind true":      {map[string]any{"apiVersion": "v1", "kind": true}, []string{"kind: expected a string, found a boolean"}},
		"kind a number":  {map[string]any{"apiVersion": "v1", "kind": 1.0}, []string{"kind: expected a string, found a number"}},
		"three segments": {map[string]any{"apiVersion": "a/b/c", "kind": "Pod"}, []string{"apiVersion: unexpected GroupVersion string: a/b/c"}},
	} {
		t.Run(name, func(t *testing.T) {
			assert.Equal(t, row.want, texts(Validate(row.object)))
		})
	}
}

func TestUnknownKindsNameWhatIsKnown(t *testing.T) {
	for name, row := range map[string]struct{ apiVersion, kind, want string }{
		"other version":        {"extensions/v1beta1", "Ingress", `no kind "Ingress" in "extensions/v1beta1"; Ingress is known in networking.k8s.io/v1`},
		"other custom version": {"karpenter.sh/v1beta1", "NodePool", `no kind "NodePool" in "karpenter.sh/v1beta1"; NodePool is known in karpenter.sh/v1`},
		"misspelt":             {"batch/v1", "CronJobs", `no kind "CronJobs" in "batch/v1"; known in batch/v1 are CronJob, Job`},
		"list":                 {"autoscaling/v2", "HorizontalPodAutoscalerList", `no kind "HorizontalPodAutoscalerList" in "autoscaling/v2"; known in autoscaling/v2 are HorizontalPodAutoscaler`},
		"group not known":      {"argoproj.io/v1alpha1", "Rollout", `no kind "Rollout" in "argoproj.io/v1alpha1"; known are the kinds of admissionregistration.k8s.io/v1, apiextensions.k8s.io/v1, apps/v1, autoscaling/v2, batch/v1, coordination.k8s.io/v1, eks.amazonaws.com/v1, external-secrets.io/v1, karpenter.sh/v1, keda.sh/v1alpha1, networking.k8s.io/v1, policy/v1, rbac.authorization.k8s.io/v1, scheduling.k8s.io/v1, storage.k8s.io/v1, v1`},
	} {
		t.Run(name, func(t *testing.T) {
			problems := Validate(map[string]any{"apiVersion": row.apiVersion, "kind": row.kind})
			assert.Equal(t, problem.List{{Path: "kind", Message: row.want}}, problems)
		})
	}
}

func TestScope(t *testing.T) {
	for _, row := range []struct {
		apiVersion, kind  string
		namespaced, known bool
	}{
		{"apps/v1", "Deployment", true, true},
		{"v1", "Namespace", false, true},
		{"karpenter.sh/v1", "NodePool", false, true},
		{"eks.amazonaws.com/v1", "NodeClass", false, true},
		{"eks.amazonaws.com/v1", "TargetGroupBinding", true, true},
		{"karpenter.sh/v1beta1", "NodePool", false, false},
		{"v1", "Deployment", false, false},
		{"a/b/c", "Deployment", false, false},
	} {
		t.Run(row.apiVersion+" "+row.kind, func(t *testing.T) {
			namespaced, known := Scope(row.apiVersion, row.kind)
			assert.Equal(t, row.namespaced, namespaced)
			assert.Equal(t, row.known, known)
		})
	}
}

func TestEveryDecodingProblemIsReportedWithItsPath(t *testing.T) {
	object := parse(t, `
apiVersion: apps/v1
kind: Deployment
metadata: {name: api, namespace: coffee, lables: {}, labels: {app: 1}, creationTimestamp: yesterday}
spec:
  replicas: 1.5
  paused: "no"
  minReadySeconds: 3000000000
  selector: [app]
  template:
    metadata: null
    spec:
      containers:
      - {name: api, Image: api, command: /bin/sh, resources: {limits: {memory: 1GB}}}
      - web
      volumes: {name: tmp}
`)
	assert.Equal(t, []string{
		`metadata.creationTimestamp: parsing time "yesterday" as "2006-01-02T15:04:05Z07:00": cannot parse "yesterday" as "2006"`,
		"metadata.labels[app]: expected a string, found a number",
		"metadata.lables: unknown field",
		"spec.minReadySeconds: out of the range of int32",
		"spec.paused: expected true or false, found a string",
		"spec.replicas: expected a whole number, found a number with a fraction",
		"spec.selector: expected an object, found a list",
		`spec.template.spec.containers[0].Image: unknown field (the field is spelled "image")`,
		"spec.template.spec.containers[0].command: expected a list, found a string",
		"spec.template.spec.containers[0].resources.limits[memory]: quantities must match the regular expression '^([+-]?[0-9.]+)([eEinumkKMGTP]*[-+]?[0-9]*)$'",
		"spec.template.spec.containers[1]: expected an object, found a string",
		"spec.template.spec.volumes: expected a list, found an object",
	}, texts(Validate(object)))
}

// Unknown fields do not hide what else is wrong; mistyped ones do, as the rest
// would be judged without them.
func TestUnknownFieldsLeaveTheRestToBeChecked(t *testing.T) {
	object := with(t, deployment, "spec.replicass", "1")
	object["metadata"].(map[string]any)["name"] = "API"
	assert.Len(t, Validate(object), 2)

	object["spec"].(map[string]any)["replicas"] = "two"
	assert.Equal(t, []string{"spec.replicas: expected a whole number, found a string", "spec.replicass: unknown field"}, texts(Validate(object)))
}

func TestWholeNumbersMayBeFloats(t *testing.T) {
	for name, value := range map[string]any{"float64": 3.0, "int": 3, "int64": int64(3), "json.Number": json.Number("3")} {
		t.Run(name, func(t *testing.T) {
			object := parse(t, deployment)
			object["spec"].(map[string]any)["replicas"] = value
			assert.Empty(t, Validate(object))

			object = parse(t, nodePool)
			object["spec"].(map[string]any)["weight"] = value
			assert.Empty(t, Validate(object))
		})
	}
}

func TestWhatIsNotJSONIsAProblem(t *testing.T) {
	for name, value := range map[string]any{"NaN": math.NaN(), "channel": make(chan int)} {
		for kind, text := range map[string]string{"builtin": deployment, "custom": nodePool} {
			t.Run(name+" "+kind, func(t *testing.T) {
				object := parse(t, text)
				object["spec"].(map[string]any)["weight"] = value
				problems := Validate(object)
				require.Len(t, problems, 1)
				assert.Empty(t, problems[0].Path)
				assert.Contains(t, problems[0].Message, "not representable as JSON")
			})
		}
	}
}

func TestTheDecoderIsTheJudge(t *testing.T) {
	var unexplained struct {
		Count int `json:"count,string"` // locate knows nothing of this option
	}
	problems, decoded := decode(map[string]any{"count": 3}, &unexplained, nil)
	assert.False(t, decoded)
	require.Len(t, problems, 1)
	assert.Contains(t, problems[0].Message, "invalid use of ,string struct tag")
}

func TestObjectsTooDeepForJSONAreAProblem(t *testing.T) {
	var deep any
	for range 10_001 {
		deep = []any{deep}
	}
	for kind, text := range map[string]string{"builtin": deployment, "custom": nodePool} {
		t.Run(kind, func(t *testing.T) {
			object := parse(t, text)
			object["spec"].(map[string]any)["weight"] = deep
			problems := Validate(object)
			require.Len(t, problems, 1)
			assert.Contains(t, problems[0].Message, "exceeded max depth")
		})
	}
}

func TestNoMessageRepeatsASecret(t *testing.T) {
	const confidential = "'hunter2 !'" // not base64, not JSON
	for name, object := range map[string]map[string]any{
		"not base64":      with(t, secret, "data.tls/crt", confidential),
		"mistyped":        with(t, secret, "stringData.tls/key", "["+confidential+"]"),
		"not JSON":        {"apiVersion": "v1", "kind": "Secret", "type": "kubernetes.io/dockerconfigjson", "metadata": map[string]any{"name": "a", "namespace": "b"}, "stringData": map[string]any{".dockerconfigjson": confidential}},
		"field of string": with(t, secret, "data", confidential),
	} {
		t.Run(name, func(t *testing.T) {
			problems := Validate(object)
			require.NotEmpty(t, problems)
			assert.NotContains(t, fmt.Sprint(problems), "hunter2")
		})
	}
}

func TestValidateIsSafeForConcurrentUse(t *testing.T) {
	var group sync.WaitGroup
	for _, text := range []string{deployment, nodePool, nodeClass, nodePool, nodeClass, deployment} {
		object := parse(t, text)
		group.Go(func() {
			for range 20 {
				assert.Empty(t, Validate(object))
			}
		})
	}
	group.Wait()
}

func texts(problems problem.List) []string {
	list := make([]string, len(problems))
	for i, problem := range problems {
		list[i] = problem.String()
	}
	return list
}

// check is one rule: a value that satisfies it and one that does not, put at a
// path of a valid object.
type check struct {
	text string   // the object
	at   string   // the path, as with takes it
	good string   // no problem
	bad  string   // exactly the wanted problems
	want []string // each "path: part of the message"; none for a second good value
}

func run(t *testing.T, checks map[string]check) {
	t.Helper()
	for name, row := range checks {
		t.Run(name, func(t *testing.T) {
			assert.Empty(t, Validate(with(t, row.text, row.at, row.good)), "the good value")

			problems := Validate(with(t, row.text, row.at, row.bad))
			require.Len(t, problems, len(row.want), "the bad value: %v", problems)
			for i, want := range row.want {
				path, message, _ := strings.Cut(want, ": ")
				assert.Equal(t, path, problems[i].Path)
				assert.Contains(t, problems[i].Message, message)
			}
		})
	}
}
