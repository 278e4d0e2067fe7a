package kubeschema

import "testing"

func TestDeployments(t *testing.T) {
	rolling := "spec.strategy.rollingUpdate"
	run(t, map[string]check{
		"selector required":     {deployment, "spec.selector", "{matchLabels: {app: api}}", removed, []string{"spec.selector: Required"}},
		"selector not empty":    {deployment, "spec.selector", "{matchExpressions: [{key: app, operator: Exists}]}", "{}", []string{"spec.selector: an empty selector is invalid"}},
		"selector valid":        {deployment, "spec.selector", "{matchExpressions: [{key: app, operator: Exists}]}", "{matchExpressions: [{key: app, operator: Is}]}", []string{"spec.selector.matchExpressions[0].operator: not a valid selector operator"}},
		"selector matches":      {deployment, "spec.selector.matchLabels", "{tier: web}", "{tier: worker}", []string{"spec.template.metadata.labels: `selector` does not match"}},
		"template":              {deployment, inContainer + ".image", "a", removed, []string{atContainer + ".image: Required"}},
		"replicas":              {deployment, "spec.replicas", "0", "-1", []string{"spec.replicas: greater than or equal to 0"}},
		"history":               {deployment, "spec.revisionHistoryLimit", "0", "-1", []string{"spec.revisionHistoryLimit: greater than or equal to 0"}},
		"min ready":             {deployment, "spec.minReadySeconds", "0", "-1", []string{"spec.minReadySeconds: greater than or equal to 0"}},
		"default deadline":      {deployment, "spec.minReadySeconds", "599", "600", []string{"spec.progressDeadlineSeconds: must be greater than minReadySeconds"}},
		"deadline":              {deployment, "spec.progressDeadlineSeconds", "1", "-1", []string{"spec.progressDeadlineSeconds: must be greater than minReadySeconds", "spec.progressDeadlineSeconds: greater than or equal to 0"}},
		"restart policy":        {deployment, inPod + ".restartPolicy", "Always", "OnFailure", []string{inPod + ".restartPolicy: Unsupported"}},
		"pod deadline":          {deployment, inPod + ".activeDeadlineSeconds", removed, "60", []string{inPod + ".activeDeadlineSeconds: not supported"}},
		"strategy":              {deployment, "spec.strategy", "{type: Recreate}", "{type: Canary}", []string{"spec.strategy.type: Unsupported"}},
		"recreate":              {deployment, "spec.strategy", "{}", "{type: Recreate, rollingUpdate: {}}", []string{"spec.strategy.rollingUpdate: may not be specified"}},
		"surge and unavailable": {deployment, rolling, "{maxSurge: 0}", "{maxSurge: 0, maxUnavailable: 0%}", []string{"spec.strategy.rollingUpdate.maxUnavailable: may not be 0 when `maxSurge` is 0"}},
		"surge above all":       {deployment, rolling, "{maxSurge: 200%}", "{maxUnavailable: 101%}", []string{"spec.strategy.rollingUpdate.maxUnavailable: must not be greater than 100%"}},
		"percentage":            {deployment, rolling, "{maxSurge: 5%}", "{maxSurge: 5}", nil},
		"malformed percentage":  {deployment, rolling, "{maxSurge: 5%}", "{maxSurge: 5 percent}", []string{"spec.strategy.rollingUpdate.maxSurge: a valid percent string"}},
		"negative":              {deployment, rolling, "{maxSurge: 5}", "{maxSurge: -5}", []string{"spec.strategy.rollingUpdate.maxSurge: greater than or equal to 0"}},
	})
}

func TestOtherWorkloads(t *testing.T) {
	run(t, map[string]check{
		"replica set's selector":   {replicaSet, "spec.selector.matchLabels", "{app: api}", "{app: web}", []string{"spec.template.metadata.labels: `selector` does not match"}},
		"replica set's template":   {replicaSet, inPod + ".restartPolicy", "Always", "Never", []string{inPod + ".restartPolicy: Unsupported"}},
		"replica set's replicas":   {replicaSet, "spec", "{replicas: 1, minReadySeconds: 1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}", "{replicas: -1, minReadySeconds: -1, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}", []string{"spec.minReadySeconds: greater", "spec.replicas: greater"}},
		"controller's template":    {replicationController, "spec.template.spec.containers.0.image", "a", removed, []string{"spec.template.spec.containers[0].image: Required"}},
		"controller's no template": {replicationController, "spec.replicas", "1", "1", nil},
		"controller without":       {replicationController, "spec", "{template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}", "{selector: {a: b}}", []string{"spec.template: Required"}},
		"controller's selector":    {replicationController, "spec.selector", removed, "{app: web}", []string{"spec.template.metadata.labels: `selector` does not match"}},
		"controller's malformed":   {replicationController, "spec.selector.app", "api", "a b", []string{"spec.template.metadata.labels: `selector` does not match"}},
		"controller's labels":      {replicationController, "spec", "{replicas: 1, minReadySeconds: 1, template: {metadata: {labels: {a: b}}, spec: {containers: [{name: a, image: a}]}}}", "{replicas: -1, minReadySeconds: -1, template: {spec: {containers: [{name: a, image: a}]}}}", []string{"spec.minReadySeconds: greater", "spec.replicas: greater", "spec.selector: Required"}},

		"set's selector":         {statefulSet, "spec.selector", "{matchLabels: {app: loki}}", removed, []string{"spec.selector: Required"}},
		"set's restart policy":   {statefulSet, inPod + ".restartPolicy", "Always", "Never", []string{inPod + ".restartPolicy: Unsupported"}},
		"set's claim is mounted": {statefulSet, "spec.volumeClaimTemplates.0.metadata.name", "data", "other", []string{atContainer + ".volumeMounts[0].name: Not found"}},
		"set's claim":            {statefulSet, "spec.volumeClaimTemplates.0.spec.accessModes", "[ReadWriteMany]", "[]", []string{"spec.volumeClaimTemplates[0].spec.accessModes: at least 1"}},
		"set's claim wins":       {statefulSet, inPod + ".volumes", "[{name: data, secret: {}}]", "[{name: other, secret: {}}]", []string{inPod + ".volumes[0].secret.secretName: Required"}},
		"set's service":          {statefulSet, "spec.serviceName", "loki", "loki.logs", []string{"spec.serviceName: must not contain dots"}},
		"set's management":       {statefulSet, "spec.podManagementPolicy", "Parallel", "Serial", []string{"spec.podManagementPolicy: Unsupported"}},
		"set's replicas":         {statefulSet, "spec.replicas", "0", "-1", []string{"spec.replicas: greater"}},
		"set's min ready":        {statefulSet, "spec.minReadySeconds", "0", "-1", []string{"spec.minReadySeconds: greater"}},
		"set's strategy":         {statefulSet, "spec.updateStrategy", "{type: OnDelete}", "{type: Recreate}", []string{"spec.updateStrategy.type: Unsupported"}},
		"set's rolling update":   {statefulSet, "spec.updateStrategy", "{rollingUpdate: {partition: 1}}", "{type: OnDelete, rollingUpdate: {partition: -1}}", []string{"spec.updateStrategy.rollingUpdate: only allowed", "spec.updateStrategy.rollingUpdate.partition: greater"}},
		"set's retention":        {statefulSet, "spec.persistentVolumeClaimRetentionPolicy.whenScaled", "Retain", "Keep", []string{"spec.persistentVolumeClaimRetentionPolicy.whenScaled: Unsupported"}},

		"daemon's selector":    {daemonSet, "spec.selector.matchLabels", "{app: alloy}", "{app: loki}", []string{"spec.template.metadata.labels: `selector` does not match"}},
		"daemon's template":    {daemonSet, inPod + ".restartPolicy", "Always", "Never", []string{inPod + ".restartPolicy: Unsupported"}},
		"daemon's min ready":   {daemonSet, "spec.minReadySeconds", "0", "-1", []string{"spec.minReadySeconds: greater"}},
		"daemon's history":     {daemonSet, "spec.revisionHistoryLimit", "0", "-1", []string{"spec.revisionHistoryLimit: greater"}},
		"daemon's strategy":    {daemonSet, "spec.updateStrategy", "{type: OnDelete, rollingUpdate: {maxSurge: 1}}", "{type: Recreate}", []string{"spec.updateStrategy.type: Unsupported"}},
		"daemon's surge":       {daemonSet, "spec.updateStrategy.rollingUpdate", "{maxSurge: 1, maxUnavailable: 0}", "{maxSurge: 1}", []string{"spec.updateStrategy.rollingUpdate.maxSurge: may not be set when maxUnavailable is non-zero"}},
		"daemon's standstill":  {daemonSet, "spec.updateStrategy.rollingUpdate", "{}", "{maxUnavailable: 0}", []string{"spec.updateStrategy.rollingUpdate.maxUnavailable: cannot be 0 when maxSurge is 0"}},
		"daemon's unavailable": {daemonSet, "spec.updateStrategy.rollingUpdate", "{maxUnavailable: 100%}", "{maxUnavailable: 101%}", []string{"spec.updateStrategy.rollingUpdate.maxUnavailable: 100%"}},
		"daemon's surge limit": {daemonSet, "spec.updateStrategy.rollingUpdate", "{maxUnavailable: 0, maxSurge: 100%}", "{maxUnavailable: 0, maxSurge: 101%}", []string{"spec.updateStrategy.rollingUpdate.maxSurge: 100%"}},
	})
}

func TestJobs(t *testing.T) {
	rules := "spec.podFailurePolicy.rules"
	run(t, map[string]check{
		"restart policy":        {job, inPod + ".restartPolicy", "Never", removed, []string{inPod + `.restartPolicy: valid values: "OnFailure", "Never"`}},
		"always":                {indexedJob, inPod + ".restartPolicy", "OnFailure", "Always", []string{inPod + ".restartPolicy: valid values"}},
		"restart with policy":   {job, inPod + ".restartPolicy", "Never", "OnFailure", []string{inPod + `.restartPolicy: only "Never" is supported`}},
		"template":              {job, inPod + ".containers.0.image", "a", removed, []string{atContainer + ".image: Required"}},
		"parallelism":           {job, "spec.parallelism", "0", "-1", []string{"spec.parallelism: greater"}},
		"completions":           {job, "spec.completions", "0", "-1", []string{"spec.completions: greater"}},
		"deadline":              {job, "spec.activeDeadlineSeconds", "0", "-1", []string{"spec.activeDeadlineSeconds: greater"}},
		"backoff":               {job, "spec.backoffLimit", "0", "-1", []string{"spec.backoffLimit: greater"}},
		"time to live":          {job, "spec.ttlSecondsAfterFinished", "0", "-1", []string{"spec.ttlSecondsAfterFinished: greater"}},
		"mode":                  {job, "spec.completionMode", "NonIndexed", "Ordered", []string{"spec.completionMode: Unsupported"}},
		"indexed completions":   {indexedJob, "spec.completions", "1", removed, nil},
		"parallel completions":  {indexedJob, "spec", "{completionMode: Indexed, completions: 1, parallelism: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", "{completionMode: Indexed, parallelism: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", []string{"spec.completions: when completion mode is Indexed"}},
		"backoff per index":     {indexedJob, "spec.backoffLimitPerIndex", "0", "-1", []string{"spec.backoffLimitPerIndex: greater"}},
		"failed indexes":        {indexedJob, "spec.maxFailedIndexes", "0", "-1", []string{"spec.maxFailedIndexes: greater"}},
		"only indexed":          {indexedJob, "spec.completionMode", "Indexed", "NonIndexed", []string{"spec.backoffLimitPerIndex: requires indexed"}},
		"success policy":        {indexedJob, "spec.successPolicy", "{rules: [{succeededCount: 1}]}", "{rules: [{succeededCount: 1}]}", nil},
		"success without index": {job, "spec.successPolicy", removed, "{rules: [{succeededCount: 1}]}", []string{"spec.successPolicy: requires indexed"}},
		"indexed hostname":      {indexedJob, "metadata.name", "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefg", "abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz-abcdefgh", []string{"metadata.name: invalid DNS label"}},
		"selector of another":   {job, "spec.selector", "{matchLabels: {batch.kubernetes.io/job-name: migrate}}", "{matchLabels: {job-name: other}}", []string{"spec.selector: not auto-generated"}},
		"failed per index":      {indexedJob, "spec", "{completionMode: Indexed, completions: 3, backoffLimitPerIndex: 0, maxFailedIndexes: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", "{completionMode: Indexed, completions: 3, maxFailedIndexes: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", []string{"spec.backoffLimitPerIndex: when maxFailedIndexes is specified"}},
		"failed of all":         {indexedJob, "spec.maxFailedIndexes", "10", "11", []string{"spec.maxFailedIndexes: less than or equal to completions"}},
		"rule's status":         {job, "spec.podFailurePolicy.rules", "[{action: Ignore, onPodConditions: [{type: DisruptionTarget}]}]", "[{action: Ignore, onPodConditions: [{type: A b, status: Maybe}]}]", []string{"spec.podFailurePolicy.rules[0].onPodConditions[0].status: Unsupported", "spec.podFailurePolicy.rules[0].onPodConditions[0].type: name part"}},
		"selector":              {job, "spec.selector", "{matchLabels: {job-name: migrate}}", "{matchLabels: {app: migrate}}", []string{"spec.selector: not auto-generated"}},
		"manual selector":       {indexedJob, "spec", "{manualSelector: true, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", "{manualSelector: true, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", []string{"spec.selector: Required"}},
		"manual mismatch":       {indexedJob, "spec", "{manualSelector: true, selector: {matchLabels: {a: b}}, template: {metadata: {labels: {a: b}}, spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", "{manualSelector: true, selector: {matchLabels: {a: b}}, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", []string{"spec.template.metadata.labels: `selector` does not match"}},
		"generated malformed":   {job, "spec.selector", "{}", "{matchExpressions: [{key: a, operator: In}]}", []string{"spec.selector.matchExpressions[0].values: must be specified"}},
		"replacement":           {job, "spec.podReplacementPolicy", "Failed", "Never", []string{"spec.podReplacementPolicy: Unsupported"}},
		"rule's action":         {job, rules + ".0.action", "Ignore", "Retry", []string{rules + "[0].action: Unsupported"}},
		"rule's condition":      {job, rules, "[{action: Ignore, onPodConditions: [{type: DisruptionTarget, status: 'True'}]}]", "[{action: Ignore}]", []string{rules + "[0]: specifying one of"}},
		"rule's operator":       {job, rules + ".0.onExitCodes.operator", "NotIn", "Not", []string{rules + "[0].onExitCodes.operator: Unsupported"}},
		"rule's values":         {job, rules + ".0.onExitCodes.values", "[1]", "[]", []string{rules + "[0].onExitCodes.values: at least one"}},
		"rule's order":          {job, rules + ".0.onExitCodes.values", "[1, 2]", "[2, 1]", []string{rules + "[0].onExitCodes.values: must be ordered"}},
		"rule's repetition":     {job, rules + ".0.onExitCodes.values", "[1, 2]", "[1, 1]", []string{rules + "[0].onExitCodes.values: must be ordered, each once"}},
		"rule's success":        {job, rules + ".0.onExitCodes", "{operator: NotIn, values: [0]}", "{operator: In, values: [0]}", []string{rules + "[0].onExitCodes.values: must not contain 0"}},
		"rule's container":      {job, rules + ".0.onExitCodes.containerName", "migrate", "api", []string{rules + "[0].onExitCodes.containerName: must be one of"}},
	})
}

func TestCronJobs(t *testing.T) {
	inJob := "spec.jobTemplate.spec"
	run(t, map[string]check{
		"schedule required":  {cronJob, "spec.schedule", "'@daily'", removed, []string{"spec.schedule: Required"}},
		"five fields":        {cronJob, "spec.schedule", "'*/5 0-6,22 1 jan-MAR mon'", "0 3 * *", []string{"spec.schedule: expected exactly 5 fields, found 4"}},
		"range of a field":   {cronJob, "spec.schedule", "0 23 31 12 6", "0 24 * * *", []string{"spec.schedule: hour: \"24\" is not between 0 and 23"}},
		"reversed range":     {cronJob, "spec.schedule", "0 1-1 * * ?", "0 6-1 * * *", []string{"spec.schedule: begins after its end"}},
		"end of a range":     {cronJob, "spec.schedule", "0 1-23 * * *", "0 1-24 * * *", []string{"spec.schedule: is not between 0 and 23"}},
		"step":               {cronJob, "spec.schedule", "'*/1 * * * *'", "'*/0 * * * *'", []string{"spec.schedule: is not a step of at least 1"}},
		"interval":           {cronJob, "spec.schedule", "'@every 1h30m'", "'@every day'", []string{"spec.schedule: invalid duration"}},
		"zone in schedule":   {cronJob, "spec.schedule", "0 3 * * *", "'CRON_TZ=UTC 0 3 * * *'", []string{"spec.schedule: use timeZone field instead"}},
		"zone":               {cronJob, "spec.timeZone", "America/New_York", "Europe/Bonn", []string{"spec.timeZone: unknown time zone"}},
		"local zone":         {cronJob, "spec.timeZone", "Etc/UTC", "Local", []string{"spec.timeZone: must be an explicit time zone"}},
		"concurrency":        {cronJob, "spec.concurrencyPolicy", removed, "Queue", []string{"spec.concurrencyPolicy: Unsupported"}},
		"starting deadline":  {cronJob, "spec.startingDeadlineSeconds", "0", "-1", []string{"spec.startingDeadlineSeconds: greater"}},
		"successful history": {cronJob, "spec.successfulJobsHistoryLimit", "0", "-1", []string{"spec.successfulJobsHistoryLimit: greater"}},
		"failed history":     {cronJob, "spec.failedJobsHistoryLimit", "0", "-1", []string{"spec.failedJobsHistoryLimit: greater"}},
		"job":                {cronJob, inJob + ".template.spec.restartPolicy", "Never", "Always", []string{inJob + ".template.spec.restartPolicy: valid values"}},
		"job's completions":  {cronJob, inJob, "{completionMode: Indexed, completions: 1, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", "{completionMode: Indexed, template: {spec: {restartPolicy: Never, containers: [{name: a, image: a}]}}}", []string{inJob + ".completions: when completion mode is Indexed"}},
		"job's selector":     {cronJob, inJob + ".selector", removed, "{matchLabels: {a: b}}", []string{inJob + ".selector: will be auto-generated"}},
		"job's own selector": {cronJob, inJob + ".manualSelector", "false", "true", []string{inJob + ".manualSelector: Unsupported"}},
	})
}
