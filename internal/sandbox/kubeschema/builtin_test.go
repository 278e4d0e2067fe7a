package kubeschema

import (
	"strings"
	"testing"

	"github.com/stretchr/testify/assert"
	metav1 "k8s.io/apimachinery/pkg/apis/meta/v1"
)

// What the scheme has besides kinds a client can create: subresources and results.
var notCreatable = []string{"Binding", "ComponentStatus", "PodStatusResult", "RangeAllocation", "Eviction"}

func TestTheTableHoldsEveryKindOfTheScheme(t *testing.T) {
	known := scheme().AllKnownTypes()
	for gvk := range known {
		object, err := scheme().New(gvk)
		assert.NoError(t, err)
		_, hasMetadata := object.(metav1.Object)
		creatable := hasMetadata && gvk.Version != "__internal" && !strings.HasSuffix(gvk.Kind, "List")
		for _, exception := range notCreatable {
			creatable = creatable && gvk.Kind != exception
		}
		assert.Equal(t, creatable, func() bool { _, listed := builtinKinds[gvk]; return listed }(), gvk)
	}
	for gvk, kind := range builtinKinds {
		assert.Contains(t, known, gvk)
		assert.NotNil(t, kind.name, gvk)
	}
}
