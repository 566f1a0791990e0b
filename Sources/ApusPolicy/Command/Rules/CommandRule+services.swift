/// Services, containers and hosting, read and changed.
extension CommandRule {
    private static let source = "droid-exec.md §3.6 RO services"
    private static let deploy = "droid-exec.md §3.6 H deploy/infra"
    private static let system = "droid-exec.md §3.6 H privileged/system"
    private static let publish = "droid-exec.md §3.6 H remote git/publish"
    private static let exposes = "droid-exec.md §3.6 H exposure"
    private static let why = "reads the state of a service"
    private static let changes = "changes what runs"

    static let services: [CommandRule] = [
        .globals(
            "service.systemctl-options", "systemctl",
            "-laqn:t:p:o: --no-pager --user --system --all --type= --state= --property= --lines= --output= --plain --no-legend --full --quiet",
            "systemctl --no-pager status"),
        .use(
            "service.status",
            "systemctl: status, show, cat, list-units, list-unit-files, list-timers, list-sockets, list-dependencies, list-jobs, is-active, is-enabled, is-failed, get-default, list-machines",
            .readOnly,
            options:
                "-laqn:t:p:o: --no-pager --all --type= --state= --property= --lines= --output= --plain --no-legend --full --quiet --value --reverse --user",
            why, source, "systemctl status sshd"),
        .use("service.systemctl", "systemctl", .high, changes, system, "systemctl restart sshd"),
        .use(
            "service.journal", "journalctl", .readOnly,
            options:
                "-aefklmnqrxN:b?u:p:o:S:U:t:g:c:n:D: --no-pager --unit= --since= --until= --boot? --priority= --output= --lines= --reverse --follow --grep= --dmesg --list-boots --disk-usage --user --system --catalog --quiet --utc --no-hostname --identifier= --user-unit=",
            why, source, "journalctl -u sshd -n 50"),
        .option(
            "service.journal-change", "journalctl",
            "--vacuum-size= --vacuum-time= --vacuum-files= --rotate --flush --sync --setup-keys --relinquish-var --update-catalog --cursor-file= --file=",
            .high, changes, system, "journalctl --vacuum-time=1d"),
        .use("service.launchctl-list", "launchctl: list, print, dumpstate", .readOnly, why, source, "launchctl list"),
        .use("service.launchctl", "launchctl", .high, changes, system, "launchctl load x.plist"),
        .use(
            "service.brew-list",
            "brew: list, info, outdated, deps, uses, config, leaves, search, --prefix, --cellar, --version, doctor, ls", .readOnly, why,
            source, "brew list"),
        .use(
            "service.brew", "brew: install, upgrade, update, uninstall, link, unlink, tap, bundle, fetch, reinstall, cleanup", .medium,
            "installs packages", "droid-exec.md §3.6 M installs", "brew install jq"),
        .use("service.brew-services", "brew", .high, changes, system, "brew services start redis"),

        .globals(
            "service.docker-options", "docker podman nerdctl",
            "-c:DH:l: --context= --config= --debug --host= --log-level= --tls --tlscacert= --tlscert= --tlskey= --tlsverify",
            "docker --context default ps"),
        .globalOption(
            "service.docker-host", "docker podman nerdctl", "-c:H:l: --context= --config= --host= --url= --connection= --remote", .high,
            "speaks to another daemon", deploy, "docker -H tcp://example.org ps"),
        .use(
            "service.docker-read",
            "docker podman nerdctl: ps, images, logs, inspect, version, info, port, top, stats, diff, history, events, search, container ls, container list, container ps, container inspect, container logs, container top, container stats, container port, container diff, image ls, image list, image inspect, image history, network ls, network list, network inspect, volume ls, volume list, volume inspect, context ls, context show, context inspect, system df, system info, compose ps, compose logs, compose config, compose ls, compose images, compose version, compose top",
            .readOnly,
            options:
                "-aqfnltsn:f:t:x: --all --quiet --filter= --format= --no-trunc --last= --latest --size --follow --tail= --since= --until= --timestamps --details --type= --digests --no-stream --human --verbose --no-color --services --dry-run",
            why, source, "docker ps -a"),
        .use(
            "service.docker-build",
            "docker podman nerdctl: build, image build, buildx build, pull, image pull, tag, image tag, create, stop, start, restart, rename, wait, container stop, container start, container restart, buildx ls, compose build, compose pull, compose stop, compose down, compose create, network create, volume create",
            .medium, "local containers", "droid-exec.md §3.6 M dev servers", "docker build -t app ."),
        .option(
            "service.docker-build-reaches", "docker podman nerdctl: build, image build, buildx build, create, compose down",
            "-v --push --secret= --ssh= --allow= --volumes --rmi= --privileged --volume= --mount= --output= --network= --device= --pid= --cap-add= --security-opt=",
            .high, "publishes, passes secrets or reaches the host", deploy, "docker build --push ."),
        .use(
            "service.docker", "docker podman nerdctl docker-compose", .high, "a container can reach the whole machine", deploy,
            "docker run -p 80:80 nginx"),

        .globals(
            "service.kubectl-options", "kubectl oc",
            "-n:v:s: --namespace= --context= --cluster= --request-timeout= --v= --match-server-version", "kubectl -n web get pods"),
        .option(
            "service.kubectl-other", "kubectl oc",
            "-s: --server= --token= --as= --as-group= --kubeconfig= --user= --client-key= --client-certificate= --certificate-authority= --insecure-skip-tls-verify",
            .high, "speaks to another cluster or as somebody else", deploy, "kubectl --server=x get pods"),
        .use(
            "service.kubectl-read",
            "kubectl oc: get, describe, logs, top, version, explain, api-resources, api-versions, cluster-info, config get-contexts, config current-context, rollout status, rollout history, diff, events, auth can-i",
            .readOnly,
            options:
                "-Afhn:o:l:c:wpkR: --all-namespaces --namespace= --output= --selector= --container= --watch --previous --tail= --since= --follow --show-labels --sort-by= --field-selector= --no-headers --context= --timestamps --all-containers --recursive --limit= --since-time= --prefix --max-log-requests= --ignore-not-found --client --short --show-kind --label-columns= --containers",
            why, source, "kubectl get pods"),
        .operand(
            "service.kubectl-secrets", "kubectl oc: get, describe", "secret secrets secret/* secrets/* *,secret* secret,* secrets.* sa/*",
            .high, "shows secrets", "droid-exec.md §3.6 H secrets", "kubectl get secrets -o yaml"),
        .use("service.kubectl", "kubectl oc", .high, changes, deploy, "kubectl apply -f app.yaml"),

        .globals("service.gh-options", "gh glab", "-R: --repo= --hostname=", "gh -R owner/name pr list"),
        .use(
            "service.gh-read",
            "gh glab: pr view, pr list, pr diff, pr status, pr checks, issue view, issue list, issue status, run list, run view, workflow list, workflow view, release list, release view, repo view, repo list, mr view, mr list, mr diff, ci list, ci view, label list, gist list, gist view, search, status, auth status, version, cache list, ruleset list, ruleset view, variable list, project list, project view",
            .readOnly,
            options:
                "-acdLlqfrRsS:A:B:H:L:R:l:q:s:t:j:b:w:e:u: --json= --jq= --template= --limit= --state= --author= --assignee= --label= --repo= --comments --search= --name-only --patch --color= --log --log-failed --job= --branch= --workflow= --user= --base= --head= --status= --event= --exit-status --verbose --owner= --language= --sort= --order= --required --all --milestone= --ref= --yaml --raw --files --filename= --public --visibility= --watch",
            why, source, "gh pr list"),
        .option(
            "service.gh-token", "gh glab: auth status", "-t --show-token", .high, "shows a token", "droid-exec.md §3.6 H secrets",
            "gh auth status --show-token"),
        .option(
            "service.gh-web", "gh glab: pr, issue, run, repo, release, gist, search, mr", "--web", .medium, "starts a browser", source,
            "gh pr view --web"),
        .use(
            "service.gh-api", "gh glab: api", .medium,
            options:
                "-ip:q:t:H: --paginate --jq= --template= --include --cache= --hostname= --preview= --slurp --silent --header= --verbose",
            "asks the hosting service", "droid-exec.md §3.6 M network", "gh api repos/owner/name"),
        .use(
            "service.gh-api-write", "gh glab: api", .high, "sends to the hosting service", publish, "gh api -X POST repos/owner/name/issues"
        ),
        .use(
            "service.gh-clone",
            "gh glab: repo clone, pr checkout, mr checkout, run download, release download, repo set-default, completion, run watch",
            .medium, "gets things from the hosting service", "droid-exec.md §3.6 M network", "gh repo clone owner/name"),
        .use("service.gh", "gh glab", .high, "acts at the hosting service", publish, "gh pr create --fill"),

        .use(
            "service.deploy",
            "helm terraform tofu terragrunt pulumi vercel netlify fly flyctl heroku ansible ansible-playbook cap serverless sls eb cdk wrangler firebase railway render doctl argocd flux kustomize skaffold nomad packer vagrant vsce ovsx goreleaser semantic-release release-it changeset np fastlane surge now amplify sam copilot kamal",
            .high, "changes what runs elsewhere",
            deploy, "helm upgrade web ./chart"),
        .use(
            "service.deploy-read",
            "terraform tofu: validate, version, graph, providers, output, show, state list, workspace list, plan -help", .medium,
            "reads the plan of an infrastructure", deploy, "terraform validate"),
        .use(
            "service.helm-read", "helm: list, ls, status, history, version, template, lint, show, search", .medium, why, deploy, "helm list"
        ),
        .use(
            "service.cloud", "aws gcloud az gsutil bq s3cmd oci ibmcloud rclone s4cmd azcopy mc b2 linode-cli hcloud exo ovh scw", .high,
            "acts in a cloud", deploy, "aws s3 cp a.txt s3://bucket/"),
        .use(
            "service.cloud-read",
            "aws: --version, help, ec2 describe-instances, ec2 describe-vpcs, s3 ls, sts get-caller-identity, logs describe-log-groups, lambda list-functions, iam list-users",
            .medium, why, deploy, "aws s3 ls"),
        .use(
            "service.expose",
            "ufw iptables ip6tables nft pfctl firewall-cmd ngrok cloudflared localtunnel lt socat tailscale wg wg-quick openvpn tc route arp brctl sshuttle bore frpc chisel",
            .high,
            "opens this machine to others", exposes, "ngrok http 8080"),
        .use(
            "service.scan", "nc ncat netcat: -z, -zv, -vz", .medium, options: "-zvw:46n", operands: .atMost(2),
            "looks whether a port is open",
            "droid-exec.md §3.6 M network", "nc -z localhost 8080"),
        .use("service.listen", "nc ncat netcat telnet socket", .high, "connects or listens", exposes, "nc -l 8080"),
    ]
}
