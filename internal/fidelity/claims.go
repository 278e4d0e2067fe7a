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
		Text:         "The API server accepts every object",
		Proof:        StandIn,
		Tests:        []string{"internal/sandbox TestLifeOfAStack", "components/workload TestEveryResourceBelongsToTheComponent"},
		FirstAccount: "`pulumi up` of dev ends without an error",
	},
	{
		Text:  "Pods meet the restricted Pod Security standard",
		Proof: StandIn,
		Tests: []string{"components/workload TestPodIsHardened", "components/namespace TestOnlyRestrictedPodsAreAdmitted"},
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
