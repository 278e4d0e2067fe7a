package fidelity

// Claims are all claims, in the order of the ledger.
var Claims = []Claim{
	// The program.
	{
		Text:  "Every stack previews, deploys and then shows no changes",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestLifeOfAStack", "internal/sandbox TestSharedStack", "internal/sandbox TestProdIsTakenDownOnlyAfterItsProtectionIsLifted"},
	},
	{
		Text:  "A bad configuration is refused as a whole before any resource",
		Proof: RealEngine,
		Tests: []string{"stacks TestBadConfigurationsAreRefusedBeforeAnyResource", "internal/sandbox TestBadConfigurationCreatesNothing"},
	},
	{
		Text:  "Pulumi.yaml and the stack files load with Pulumi's own loader, every key declared",
		Proof: RealEngine,
		Tests: []string{"stacks TestStackFilesLoad", "stacks TestEveryKeyIsDeclaredAndDescribed"},
	},
	{
		Text:  "Environments differ in values, never in shape",
		Proof: RealEngine,
		Tests: []string{"stacks TestEnvironmentsHaveTheSameShape"},
	},
	{
		Text:  "What a stack deploys is what its golden files say",
		Proof: RealEngine,
		Tests: []string{"internal/golden TestStacksAreWhatTheirGoldenFilesSay"},
	},
	{
		Text:  "Secrets are in no export and no golden file",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestExport"},
	},
	{
		Text:  "Nothing is taken down while something is protected",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestProdIsTakenDownOnlyAfterItsProtectionIsLifted"},
	},
	{
		Text:  "No change of a setting replaces what keeps data, unless its component is unprotected by name",
		Proof: RealEngine,
		Tests: []string{"internal/changetable TestChanges", "stacks TestUnprotected"},
	},
	{
		Text:  "Prod's endpoint is private, but for one address until one day",
		Proof: RealEngine,
		Tests: []string{"stacks TestOpeningOfProdsEndpoint"},
	},
	{
		Text:  "A deployment that is killed loses nothing and makes nothing twice: what the state does not know is found and adopted",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestKilledDeploymentsAreRecovered"},
	},
	{
		Text:  "A deployment in which a call fails, or is throttled, is finished by running it again",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestFailedDeploymentsAreFinishedByRunningThemAgain"},
	},
	{
		Text:  "What is changed behind the engine's back is found, and put right or accepted",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestDriftIsFoundAndPutRight", "internal/sandbox TestRefreshAcceptsDriftUntilTheNextDeployment"},
	},
	{
		Text:  "Everything that can carry tags carries the stack's, and what keeps data is protected in every stack",
		Proof: RealEngine,
		Tests: []string{"internal/golden TestEverythingIsTagged", "internal/golden TestWhatKeepsDataIsProtected"},
	},
	{
		Text:  "A policy violation fails the preview and stops a deployment before the resource exists",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestViolationsStopBeforeTheResourceExists"},
	},
	{
		Text:  "A release goes schema, API, workers and renders, frontend; a migration runs once; one that fails changes nothing, and the next deployment goes on",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestRelease", "internal/sandbox TestFailedMigrationStopsTheRelease", "stacks TestReleaseOrder"},
	},
	{
		Text:  "What settings ask for fits connections, nodes, vCPUs and addresses, or is refused with the arithmetic",
		Proof: RealEngine,
		Tests: []string{"stacks TestBadConfigurationsAreRefusedBeforeAnyResource"},
	},
	{
		Text:  "Another queue, or another service, is one entry in the settings",
		Proof: RealEngine,
		Tests: []string{"stacks TestASecondQueueIsOneEntry", "stacks TestASecondServiceIsOneEntry"},
	},
	{
		Text:  "Network policies allow the declared calls and nothing else, and give secrets to who uses them",
		Proof: RealEngine,
		Tests: []string{"stacks TestNetworkPoliciesAreTheCallGraph", "stacks TestEverybodyGetsTheSecretsTheyUse"},
	},
	{
		Text:         "The policy pack runs as a directory, which the stock CLI's Go language host builds",
		Proof:        StandIn,
		Tests:        []string{"policy TestThePackRunsAsADirectory"},
		FirstAccount: "`pulumi preview --policy-pack policy` names the pack coffee-platform",
	},
	{
		Text:         "`pulumi up` with the stock CLI, its Go language host and the published provider plugins runs the same program",
		Proof:        NotRun,
		FirstAccount: "`pulumi preview` of dev lists the same resources as `make preview STACK=dev`",
	},

	// AWS.
	{
		Text:         "AWS accepts the inputs of every resource",
		Proof:        StandIn,
		Tests:        []string{"internal/sandbox TestLifeOfAStack"},
		FirstAccount: "`pulumi up` of dev ends without an error",
	},
	{
		Text:         "An environment comes down in an order AWS accepts",
		Proof:        StandIn,
		Tests:        []string{"internal/sandbox TestLifeOfAStack"},
		FirstAccount: "`pulumi destroy` of dev ends without an error and leaves no instance, volume or network interface tagged coffee:stack=dev",
	},
	{
		Text:  "Data subnets have no route out of the VPC",
		Proof: StandIn,
		Tests: []string{"components/network TestDataSubnetsHaveNoWayOut"},
	},
	{
		Text:         "Only the cluster's security group reaches the database, over TLS",
		Proof:        StandIn,
		Tests:        []string{"components/postgres TestOnlyClientsReachTheDatabase", "components/postgres TestTLSIsForced"},
		FirstAccount: "from a pod, `psql \"sslmode=disable …\"` is refused and `sslmode=verify-full` connects",
	},
	{
		Text:         "Pods get AWS permissions by Pod Identity, which nobody but their service account can use",
		Proof:        StandIn,
		Tests:        []string{"components/identity TestTrust"},
		FirstAccount: "in the API's pod, `aws sts get-caller-identity` names the role; in a pod of another service account it fails",
	},
	{
		Text: "The application's database role reads and writes data and changes nothing else, old and new logins work side by side during a rotation, " +
			"and no password reaches the server (on a real PostgreSQL 16 or later, where the machine has one; the tests are skipped where it has none)",
		Proof:        StandIn,
		Tests:        []string{"components/databaseroles TestApplicationReadsAndWritesWhatMigrationsMake", "components/databaseroles TestRotation", "components/databaseroles TestServerNeverSeesAPassword"},
		FirstAccount: "the log of the Job `database-roles-…` lists both logins; follow docs/runbooks/rotate-secrets.md in dev",
	},
	{
		Text:         "The database and the bucket can be restored, in another region too",
		Proof:        NotRun,
		FirstAccount: "follow docs/runbooks/restore.md in staging, from the vault and from the copy",
	},
	{
		Text:         "A key that signs tokens is rotated without ending what was signed with the one before",
		Proof:        StandIn,
		Tests:        []string{"components/secrets TestRotationKeepsThePreviousValue"},
		FirstAccount: "follow docs/runbooks/rotate-secrets.md in dev",
	},
	{
		Text:         "The Redis token is rotated in two steps, and clients always have one that is accepted",
		Proof:        StandIn,
		Tests:        []string{"internal/sandbox TestRedisTokenIsRotatedInTwoSteps"},
		FirstAccount: "follow docs/runbooks/rotate-redis-token.md in dev while a client is connected",
	},
	{
		Text:         "The media bucket is private, TLS only, encrypted with its own key, and open to the product's origins only",
		Proof:        StandIn,
		Tests:        []string{"components/media TestNothingIsPublic", "components/media TestConnectionsAreEncrypted", "components/media TestOnlyTheProductsOriginsAreAllowed"},
		FirstAccount: "upload by a presigned URL from the product's page and from another origin; the second is refused",
	},
	{
		Text:  "The internet reaches the routed services only, by TLS and through the firewall, and never the render service, by any path",
		Proof: StandIn,
		Tests: []string{"components/edge TestOnlyRoutedPortsAreReached", "components/edge TestRenderIsNeverRouted", "components/edge TestPlainHTTPIsOnlyRedirected",
			"components/edge TestOtherNamesAreNotFound", "components/edge TestFirewallIsBeforeTheLoadBalancer"},
		FirstAccount: "`curl -I http://<domain>/` answers 301, `curl -k https://<load balancer's own name>/` 404, and `aws ec2 describe-security-group-rules` of its group shows the routed ports only",
	},
	{
		Text:         "The firewall turns away what is too much, and what is too large, by the length it announces",
		Proof:        StandIn,
		Tests:        []string{"components/edge TestRateLimit", "components/edge TestBodiesAreLimitedByTheirLength", "components/edge TestBodiesOfUnknownLengthAreRefused"},
		FirstAccount: "a POST of one byte more than `edge.maxBodyKiB` gets 413, one with `Transfer-Encoding: chunked` and 10 KB 411, and one of 10 KB with its length is answered by the API",
	},
	{
		Text:         "EKS Auto Mode fills target groups made elsewhere, and pods wait for the load balancer to find them healthy",
		Proof:        NotRun,
		FirstAccount: "`kubectl get targetgroupbinding -n coffee` shows the bindings, `aws elbv2 describe-target-health` the pods; a pod made after them has a readiness gate target-health.…; a rollout under load loses no request",
	},
	{
		Text:         "`eks.Cluster` makes the children that the stand-in makes",
		Proof:        StandIn,
		Tests:        []string{"internal/sandbox TestLifeOfAStack"},
		FirstAccount: "the preview shows one `aws:eks:Cluster` and one Kubernetes provider below `eks:index:Cluster`, no node group, no add-on, and `deletionProtection` where it is set",
	},
	{
		Text:  "Nothing but renders gets onto the render pool, which is bounded and keeps its nodes until they are empty",
		Proof: StandIn,
		Tests: []string{"components/nodepool TestDedicatedPool", "components/nodepool TestPoolSaysWhichNodesAndHowMany", "components/nodepool TestConsolidation"},
	},
	{
		Text:         "Auto Mode without built-in node pools launches nodes from the own NodeClass, tagged",
		Proof:        NotRun,
		FirstAccount: "`kubectl get nodeclass,nodepool` are ready; the first node carries the tag coffee:stack",
	},
	{
		Text:         "What Pulumi's AWS provider replaces, and in which order, is what the stand-in replaces",
		Proof:        StandIn,
		FirstAccount: "before the first change of a database, read its preview: an update must not say replace",
	},

	// Kubernetes.
	{
		Text:      "The API server accepts every object by strict validation, and pods meet the restricted Pod Security standard; applying again changes nothing",
		Proof:     RealControlPlane,
		Tests:     []string{"components/workload TestPodIsHardened", "components/namespace TestOnlyRestrictedPodsAreAdmitted"},
		Scenarios: []string{"acceptance"},
	},
	{
		Text:         "Objects of eks.amazonaws.com (NodeClass and others) are what AWS's own definitions, which are not published, accept",
		Proof:        StandIn,
		Tests:        []string{"internal/sandbox TestLifeOfAStack"},
		FirstAccount: "`kubectl get nodeclass` are ready, and `pulumi up` of dev ends without an error",
	},
	{
		Text:      "Every Deployment reaches its maximum at once: quotas, limits and node pools admit it",
		Proof:     RealControlPlane,
		Scenarios: []string{"capacity"},
	},
	{
		Text:      "Renders are on their own nodes and nothing else is; at the pool's limit they wait, and the API still scales; pods are spread over zones",
		Proof:     RealControlPlane,
		Scenarios: []string{"placement"},
	},
	{
		Text:      "A burst in the render queue brings renders from none to their maximum and back to none, and so it does when nodes are lost meanwhile (tasks played)",
		Proof:     RealControlPlane,
		Scenarios: []string{"burst", "node-loss"},
	},
	{
		Text:      "Releases and drains never leave fewer pods ready than is promised (containers played)",
		Proof:     RealControlPlane,
		Scenarios: []string{"release"},
	},
	{
		Text:      "A migration that fails stops the release, and leaves every Deployment as it was",
		Proof:     RealControlPlane,
		Scenarios: []string{"migration"},
	},
	{
		Text:      "Network policies admit exactly the declared calls, service accounts may do nothing they need not, and nothing refers to what is not there",
		Proof:     RealControlPlane,
		Scenarios: []string{"access", "references"},
	},
	{
		Text:  "Each version of a secret has a name of its own in the cluster, which is there before what refers to it changes and gone after",
		Proof: RealEngine,
		Tests: []string{"internal/sandbox TestEveryVersionOfASecretIsDeliveredUnderItsOwnName", "components/externalsecret TestEveryVersionIsASecretOfItsOwn"},
	},
	{
		Text:         "Secrets arrive in the cluster from Secrets Manager",
		Proof:        NotRun,
		FirstAccount: "`kubectl get secretstores,externalsecrets -n coffee` are ready; after a rotation in dev the names of the second differ and the old ones are gone",
	},
	{
		Text:         "External Secrets reads the secrets named to it and works in the product's namespace only",
		Proof:        StandIn,
		Tests:        []string{"components/externalsecrets TestOnlyNamedSecretsAreRead", "components/externalsecrets TestControllerWorksInOneNamespace", "internal/charts TestExternalSecretsIsNotClusterWide"},
		FirstAccount: "an ExternalSecret that names another secret of the account does not become ready",
	},
	{
		Text:         "What charts bring is what the API server takes and the policies allow (of KEDA's, and of External Secrets' newest, looked at once by hand: docs/charts.md)",
		Proof:        StandIn,
		Tests:        []string{"internal/charts TestChartOfTheModule", "internal/charts TestDocumentSaysWhatIsInstalled"},
		FirstAccount: "`helm list -A` shows both releases deployed; `kubectl get pods -n keda` and `-n external-secrets` are ready",
	},
	{
		Text:         "Queues, CPU and requests decide how many pods run, and pods go one at a time",
		Proof:        StandIn,
		Tests:        []string{"components/scaler TestQueuesScaleByWaitingAndUnfinishedMessages", "components/scaler TestRequestsScaleByWhatReachesAllPods", "components/scaler TestScaleInIsSlow"},
		FirstAccount: "`kubectl get scaledobjects,hpa -n coffee` are ready and show a number for each trigger",
	},
	{
		Text:         "The API starts, is ready and drains",
		Proof:        NotRun,
		FirstAccount: "with an image that meets docs/image-contract.md, `kubectl rollout status deployment/api -n coffee` ends well",
	},

	// Delivery.
	{
		Text:         "Pull requests are checked, and merges deployed, by the workflows",
		Proof:        NotRun,
		FirstAccount: "a pull request shows the previews in its summary; a merge asks for approval before staging and prod",
	},
}
