package stacks

import (
	"maps"
	"slices"
	"strconv"

	"github.com/pulumi/pulumi/sdk/v3/go/pulumi"

	"coffee-platform/components/apps/api"
	"coffee-platform/components/apps/frontend"
	"coffee-platform/components/apps/render"
	"coffee-platform/components/databaseroles"
	"coffee-platform/components/externalsecret"
	"coffee-platform/components/media"
	"coffee-platform/components/networkpolicy"
	"coffee-platform/components/postgres"
	"coffee-platform/components/redis"
	"coffee-platform/components/secrets"
	"coffee-platform/components/workload"
	"coffee-platform/stacks/callgraph"
)

// callGraph is who calls whom in this environment: the product, and what the settings add.
func (e *Environment) callGraph() callgraph.Graph {
	graph := callgraph.Product()
	for _, name := range slices.Sorted(maps.Keys(e.Services)) {
		service, party := e.Services[name], callgraph.Party(name)
		for _, callee := range service.Calls {
			graph = graph.With(callgraph.Call{From: party, To: callgraph.Party(callee), Why: "services." + name + ".calls"})
		}
		for _, caller := range service.CalledBy {
			graph = graph.With(callgraph.Call{From: callgraph.Party(caller), To: party, Why: "services." + name + ".calledBy"})
		}
		if service.Path != "" {
			graph = graph.With(callgraph.Call{From: callgraph.LoadBalancer, To: party, Why: "services." + name + ".path"})
		}
	}
	return graph
}

// port is the port a party is called on.
func (e *Environment) port(party callgraph.Party) int {
	switch party {
	case callgraph.API:
		return api.Port
	case callgraph.Frontend:
		return frontend.Port
	case callgraph.Render:
		return render.Port
	case callgraph.Postgres:
		return postgres.Port
	case callgraph.Redis:
		return redis.Port
	}
	return e.Services[string(party)].Port
}

// rules are whom a party calls, and who calls it, as network policies say it.
func (e *Environment) rules(party callgraph.Party) networkpolicy.Rules {
	var rules networkpolicy.Rules
	graph := e.callGraph()
	for _, caller := range graph.Callers(party) {
		peer := e.peer(caller)
		peer.Ports = []int{e.port(party)}
		rules.Callers = append(rules.Callers, peer)
	}
	var ofAWS, public bool
	for _, callee := range graph.Callees(party) {
		switch callee {
		case callgraph.Media, callgraph.SecretsManager:
			ofAWS = true
		case callgraph.PublicHTTPS:
			public = true
		default:
			peer := e.peer(callee)
			peer.Ports = []int{e.port(callee)}
			rules.Callees = append(rules.Callees, peer)
		}
	}
	// What lets a party out to AWS lets it out to all the world: see awsAPIs.
	switch {
	case ofAWS:
		rules.Callees = append(rules.Callees, e.awsAPIs()...)
	case public:
		rules.Callees = append(rules.Callees, networkpolicy.PublicHTTPS)
	}
	return rules
}

// peer is a party as a network policy names it.
func (e *Environment) peer(party callgraph.Party) networkpolicy.Peer {
	switch party {
	case callgraph.LoadBalancer:
		return networkpolicy.Peer{CIDRs: e.networkArgs().PublicCIDRs()}
	case callgraph.Postgres, callgraph.Redis:
		return networkpolicy.Peer{CIDRs: e.networkArgs().DataCIDRs()}
	}
	return networkpolicy.Peer{Component: string(party)}
}

// awsAPIs are AWS's own APIs, which are at public addresses, and the agent that hands out the credentials for them.
func (e *Environment) awsAPIs() []networkpolicy.Peer {
	peers := []networkpolicy.Peer{networkpolicy.PublicHTTPS, networkpolicy.PodIdentity}
	if len(e.Network.InterfaceEndpoints) > 0 {
		// Endpoints of services have addresses in the private subnets, and their names lead there.
		peers = append(peers, networkpolicy.Peer{CIDRs: e.networkArgs().PrivateCIDRs(), Ports: []int{443}})
	}
	return peers
}

// surroundings is what there is around the product: what its parts are given by whom they call.
type surroundings struct {
	environment *Environment
	namespace   pulumi.StringInput
	// after are the resources after which pods can run at all.
	after       []pulumi.Resource
	secretStore pulumi.StringInput

	database *postgres.Postgres
	broker   *redis.Redis
	bucket   *media.Media
	secrets  *secrets.Secrets
}

// place is where a party runs and what it is given: what it calls decides.
func (s *surroundings) place(party callgraph.Party, priority string, after ...pulumi.Resource) workload.Place {
	preStop := 0
	if slices.Contains(s.environment.callGraph().Callers(party), callgraph.LoadBalancer) {
		preStop = s.environment.preStopSeconds()
	}
	return workload.Place{
		Priority:       priority,
		Rules:          s.environment.rules(party),
		PreStopSeconds: preStop,
		Namespace:      s.namespace,
		After:          slices.Concat(s.after, after),
		Environment:    s.settings(party),
		Secrets:        s.secretsOf(party),
		SecretStore:    s.secretStore,
	}
}

// certificates is where the backend image has the certificates of RDS (docs/image-contract.md).
const certificates = "/etc/ssl/certs/rds-global-bundle.pem"

// settings are the plain settings a party gets, the same for everybody who calls the same.
func (s *surroundings) settings(party callgraph.Party) pulumi.StringMap {
	e := s.environment
	settings := pulumi.StringMap{
		"ENVIRONMENT": pulumi.String(e.stack),
		"LOG_LEVEL":   pulumi.String(e.LogLevel),
	}
	for _, callee := range e.callGraph().Callees(party) {
		switch callee {
		case callgraph.Postgres:
			settings["DATABASE_HOST"] = s.database.Address
			settings["DATABASE_PORT"] = pulumi.String(strconv.Itoa(postgres.Port))
			settings["DATABASE_NAME"] = s.database.DatabaseName
			settings["DATABASE_SSLMODE"] = pulumi.String("verify-full")
			settings["DATABASE_SSLROOTCERT"] = pulumi.String(certificates)
		case callgraph.Redis:
			settings["REDIS_HOST"] = s.broker.Address
			settings["REDIS_PORT"] = pulumi.String(strconv.Itoa(redis.Port))
			settings["REDIS_TLS"] = pulumi.String("true")
			settings["QUEUE_RENDER"] = pulumi.String(e.Render.Queue)
		case callgraph.Media:
			settings["AWS_REGION"] = pulumi.String(e.Region)
			settings["S3_BUCKET"] = s.bucket.BucketName
		case callgraph.Render:
			settings["REMOTION_SERVICE_URL"] = pulumi.String(render.URL)
		case callgraph.API:
			settings["API_INTERNAL_URL"] = pulumi.String(workload.URL(api.Name, productNamespace, api.Port))
		default:
			if _, ok := e.Services[string(callee)]; ok {
				settings[urlVariable(string(callee))] = pulumi.String(workload.URL(string(callee), productNamespace, e.port(callee)))
			}
		}
	}
	return settings
}

// secretsOf are the secrets a party gets.
func (s *surroundings) secretsOf(party callgraph.Party) map[string]externalsecret.Ref {
	given := map[string]externalsecret.Ref{}
	for _, callee := range s.environment.callGraph().Callees(party) {
		switch callee {
		case callgraph.Postgres:
			role := databaseroles.App
			if party == callgraph.Migration {
				role = databaseroles.Migrator
			}
			given["DATABASE_USER"] = ref(s.secrets.Stored[role], "username")
			given["DATABASE_PASSWORD"] = ref(s.secrets.Stored[role], "password")
		case callgraph.Redis:
			given["REDIS_PASSWORD"] = s.brokerPassword()
		}
	}
	if party == callgraph.API {
		given["JWT_SECRET"] = ref(s.secrets.Stored[jwtKey], "current")
		if s.environment.Secrets.JWT.PreviousEpoch != "" {
			given["JWT_SECRET_PREVIOUS"] = ref(s.secrets.Stored[jwtKey], "previous")
		}
	}
	return given
}

// brokerPassword is the AUTH token.
func (s *surroundings) brokerPassword() externalsecret.Ref {
	return externalsecret.Ref{ARN: s.broker.AuthTokenSecretARN, Version: s.broker.AuthTokenVersion, Property: "password"}
}

func ref(stored secrets.Stored, property string) externalsecret.Ref {
	return externalsecret.Ref{ARN: stored.ARN, Version: stored.Version, Property: property}
}
