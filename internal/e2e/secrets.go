package e2e

import (
	"context"
	"maps"

	corev1 "k8s.io/api/core/v1"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
)

// playExternalSecrets makes the Secret an ExternalSecret asks for, as External Secrets would. Every key holds the
// password of this run's Redis: it is the only value that something here reads (KEDA).
func (c *cluster) playExternalSecrets(ctx context.Context, externalSecret *unstructured.Unstructured) error {
	spec := externalSecret.Object["spec"]
	name, _ := field(spec, "target", "name").(string)
	if name == "" {
		name = externalSecret.GetName() // the default of target.name
	}
	secret := &corev1.Secret{
		ObjectMeta: metav1.ObjectMeta{Namespace: externalSecret.GetNamespace(), Name: name, Labels: externalSecret.GetLabels()},
		StringData: map[string]string{},
	}
	entries, _ := field(spec, "data").([]any)
	for _, entry := range entries {
		key, _ := field(entry, "secretKey").(string)
		secret.StringData[key] = c.redisPassword
	}
	if template, ok := field(spec, "target", "template", "data").(map[string]any); ok {
		clear(secret.StringData) // a template decides alone which keys there are
		for key := range maps.Keys(template) {
			secret.StringData[key] = c.redisPassword
		}
	}
	return c.ensure(ctx, secret)
}
