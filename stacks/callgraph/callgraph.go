// Package callgraph declares who calls whom: what network policies allow, what the policy pack holds the
// whole stack to, and what tests expect, all from one list. What is not in it is denied.
package callgraph

import "slices"

// Party is one end of a call: pods, by their label app.kubernetes.io/component, or something outside the
// cluster.
type Party string

// Pods of the product, by their label app.kubernetes.io/component.
const (
	API           Party = "api"
	Worker        Party = "worker"
	Render        Party = "render"
	Frontend      Party = "frontend"
	Migration     Party = "migration"
	DatabaseRoles Party = "database-roles"
)

// Parties outside the product's namespace.
const (
	// LoadBalancer is where everything from the internet comes from.
	LoadBalancer Party = "load-balancer"
	// Autoscaler is KEDA, which looks at the length of the queues.
	Autoscaler Party = "autoscaler"
	// Postgres and Redis are the data stores, in the data subnets.
	Postgres Party = "postgres"
	Redis    Party = "redis"
	// Media is the bucket of the product's media, and SecretsManager what keeps its secrets. Who calls one of
	// AWS's own APIs asks the agent of Pod Identity for credentials. A network policy cannot tell their addresses
	// from others, so it admits all but private ones.
	Media          Party = "media"
	SecretsManager Party = "secrets-manager"
	// PublicHTTPS is what others answer at public addresses. It comes with no right to anything in AWS.
	PublicHTTPS Party = "public-https"
)

// Call is something one party asks of another.
type Call struct {
	From, To Party
	// Why it is needed.
	Why string
}

// Graph is all calls there are.
type Graph []Call

// Product is the product as it is. What a stack's settings add comes on top: see Graph.With.
func Product() Graph {
	return Graph{
		{LoadBalancer, Frontend, "pages"},
		{LoadBalancer, API, "requests of the pages, under /api/"},
		{Frontend, API, "pages that are made on the server"},

		{API, Postgres, "data"},
		{API, Redis, "enqueues tasks, caches"},
		{API, Render, "looks at the renderer's state, when one runs"},
		{API, Media, "signs uploads, looks at objects"},

		{Worker, Postgres, "data"},
		{Worker, Redis, "takes tasks"},
		{Worker, Render, "has captions rendered"},
		{Worker, Media, "reads and writes media"},

		{Render, Media, "reads and writes media"},

		{Migration, Postgres, "changes the schema"},
		{DatabaseRoles, Postgres, "makes the roles"},
		{DatabaseRoles, SecretsManager, "reads the credentials it gives them"},

		{Autoscaler, Redis, "looks at the length of the queues"},
	}
}

// With is the graph with more calls.
func (g Graph) With(more ...Call) Graph { return append(slices.Clone(g), more...) }

// Callers are who calls a party, in the order of the graph.
func (g Graph) Callers(of Party) []Party {
	return g.collect(func(c Call) (Party, bool) { return c.From, c.To == of })
}

// Callees are whom a party calls, in the order of the graph.
func (g Graph) Callees(of Party) []Party {
	return g.collect(func(c Call) (Party, bool) { return c.To, c.From == of })
}

func (g Graph) collect(pick func(Call) (Party, bool)) []Party {
	var parties []Party
	for _, call := range g {
		if party, ok := pick(call); ok && !slices.Contains(parties, party) {
			parties = append(parties, party)
		}
	}
	return parties
}
