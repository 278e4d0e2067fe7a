package e2e

import (
	"testing"

	"github.com/stretchr/testify/assert"
	"github.com/stretchr/testify/require"
	appsv1 "k8s.io/api/apps/v1"
	corev1 "k8s.io/api/core/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

func TestPodRequests(t *testing.T) {
	for name, c := range map[string]struct{ pod, cpu string }{
		"containers add up": {
			`{containers: [{resources: {requests: {cpu: 100m}}}, {resources: {requests: {cpu: 200m}}}]}`, "300m",
		},
		"an init container alone is too small to count": {
			`{initContainers: [{resources: {requests: {cpu: 200m}}}], containers: [{resources: {requests: {cpu: 300m}}}]}`, "300m",
		},
		"an init container that needs more": {
			`{initContainers: [{resources: {requests: {cpu: 1}}}], containers: [{resources: {requests: {cpu: 300m}}}]}`, "1",
		},
		"a sidecar runs beside the containers": {
			`{initContainers: [{restartPolicy: Always, resources: {requests: {cpu: 1800m}}}], containers: [{resources: {requests: {cpu: 100m}}}]}`, "1900m",
		},
		"a sidecar runs beside a later init container": {
			`{initContainers: [{restartPolicy: Always, resources: {requests: {cpu: 1}}}, {resources: {requests: {cpu: 2}}}], containers: [{resources: {requests: {cpu: 100m}}}]}`, "3",
		},
		"the pod's own": {
			`{resources: {requests: {cpu: 4}}, containers: [{resources: {requests: {cpu: 1}}}]}`, "4",
		},
	} {
		t.Run(name, func(t *testing.T) {
			spec, err := as[corev1.PodSpec](object(t, c.pod))
			require.NoError(t, err)
			cpu := podRequests(spec)[corev1.ResourceCPU]
			assert.Equal(t, c.cpu, cpu.String())
		})
	}
}

func TestPromised(t *testing.T) {
	for name, c := range map[string]struct {
		deployment  string
		least, most int
	}{
		"numbers":     {`{spec: {replicas: 3, strategy: {rollingUpdate: {maxSurge: 1, maxUnavailable: 0}}}}`, 3, 4},
		"percentages": {`{spec: {replicas: 5, strategy: {rollingUpdate: {maxSurge: 25%, maxUnavailable: 25%}}}}`, 4, 7},
		"recreation":  {`{spec: {replicas: 2, strategy: {type: Recreate}}}`, 0, 2},
	} {
		t.Run(name, func(t *testing.T) {
			d, err := as[appsv1.Deployment](object(t, c.deployment))
			require.NoError(t, err)
			least, most, err := promised(d)
			require.NoError(t, err)
			assert.Equal(t, []int{c.least, c.most}, []int{least, most})
		})
	}
}

func TestFailingJob(t *testing.T) {
	job := object(t, `{metadata: {name: migration-1}, spec: {backoffLimit: 4, template: {metadata: {labels: {a: b}}}}}`)
	require.NoError(t, failingJob(job))
	assert.Equal(t, "migration-1-fails", job.GetName())
	retries, _, err := unstructured.NestedInt64(job.Object, "spec", "backoffLimit")
	require.NoError(t, err)
	assert.EqualValues(t, retriesHere, retries)
	assert.Equal(t, "true", field(job.Object, "spec", "template", "metadata", "annotations", failAnnotation))
}
