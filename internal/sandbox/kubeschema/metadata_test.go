package kubeschema

import "testing"

func TestMetadata(t *testing.T) {
	long := "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz"
	run(t, map[string]check{
		"subdomain":             {deployment, "metadata.name", "api.v2", "API", []string{"metadata.name: RFC 1123 subdomain"}},
		"label of a namespace":  {namespace, "metadata.name", "coffee-2", "coffee.2", []string{"metadata.name: must not contain dots"}},
		"label of a set":        {statefulSet, "metadata.name", "loki-2", "loki.2", []string{"metadata.name: must not contain dots"}},
		"service":               {service, "metadata.name", "api", "2api", []string{"metadata.name: DNS-1035"}},
		"role":                  {role, "metadata.name", "system:x", "a/b", []string{"metadata.name: may not contain '/'"}},
		"cron job length":       {cronJob, "metadata.name", long[:52], long, []string{"metadata.name: must be no more than 52 characters"}},
		"custom resource":       {nodePool, "metadata.name", "render-2", "Render", []string{"metadata.name: RFC 1123 subdomain"}},
		"name or generateName":  {deployment, "metadata", "{namespace: a, generateName: api-}", "{namespace: a}", []string{"metadata.name: name or generateName is required"}},
		"generated name":        {deployment, "metadata", "{namespace: a, generateName: api-}", "{namespace: a, generateName: API-}", []string{"metadata.generateName: RFC 1123", "metadata.name: RFC 1123"}},
		"generated name is cut": {namespace, "metadata", "{generateName: " + long + long[:5] + "-}", "{generateName: " + long + ".}", []string{"metadata.generateName: must", "metadata.name: must not contain dots"}},
		"namespace required":    {deployment, "metadata.namespace", "coffee", removed, []string{"metadata.namespace: Required value"}},
		"namespace forbidden":   {nodePool, "metadata.namespace", removed, "coffee", []string{"metadata.namespace: not allowed on this type"}},
		"built-in cluster-wide": {priorityClass, "metadata.namespace", removed, "coffee", []string{"metadata.namespace: not allowed on this type"}},
		"label key":             {deployment, "metadata.labels", "{app.kubernetes.io/name: api}", "{-app: api}", []string{"metadata.labels: name part must consist of"}},
		"label value":           {deployment, "metadata.labels", "{app: a.b}", "{app: a b}", []string{"metadata.labels: a valid label must be"}},
		"annotation key":        {deployment, "metadata.annotations", "{a/b: any value}", "{a/b/c: x}", []string{"metadata.annotations: a valid label key"}},
		"finalizer":             {deployment, "metadata.finalizers", "[coffee.dev/x]", "[a b]", []string{"metadata.finalizers: name part"}},
		"custom mistyped field": {nodePool, "metadata.labels", "{a: b}", "{a: 1}", []string{"metadata.labels[a]: expected a string"}},
		"no metadata":           {nodePool, "metadata", "{name: a}", removed, []string{": some validation rules were not checked", "metadata.name: Required"}},
		"IP address":            {ipAddressObject, "metadata.name", "10.0.0.1", "10.0.0.01", []string{"metadata.name: must be an IP address in canonical form"}},
	})
}

const ipAddressObject = `
apiVersion: networking.k8s.io/v1
kind: IPAddress
metadata: {name: 10.0.0.1}
spec: {parentRef: {resource: services, namespace: coffee, name: api}}
`
