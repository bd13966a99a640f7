# shellcheck shell=bash
# What `run` and `test` share. Sourcing it finds out once whether the package feed carries the Aspire packages, keeps the answer in
# .aspire-packages.props (which Directory.AspirePackages.props reads), and exports it as AspirePackages.

if ! command -v dotnet >/dev/null; then
    echo "The .NET 10 SDK is missing: install it from https://dot.net and try again." >&2
    exit 1
fi

if [[ -z ${AspirePackages:-} && -e .aspire-packages.props ]]; then
    AspirePackages=$(sed -n 's|.*<AspirePackages>\(.*\)</AspirePackages>.*|\1|p' .aspire-packages.props)
fi

if [[ -z ${AspirePackages:-} ]]; then
    echo "Asking the package feed for the Aspire packages (once)."
    if answer=$(AspirePackages=true dotnet restore UserCache.AppHost 2>&1); then
        AspirePackages=true
    # A feed that does not answer is reported as one that lacks the package, and in a line of its own.
    elif grep -qE 'NU1101|NU1102|Unable to find package' <<<"$answer" && ! grep -qE 'NU1301|Unable to load' <<<"$answer"; then
        AspirePackages=false
    else
        echo "The package feed could not be asked: $(grep -m 1 -oE 'Unable to load.*' <<<"$answer" || tail -n 1 <<<"$answer")" >&2
        echo "Try again when it can, or say yourself whether it has them: AspirePackages=true (or false) $0" >&2
        exit 1
    fi
    echo "<Project><PropertyGroup><AspirePackages>$AspirePackages</AspirePackages></PropertyGroup></Project>" >.aspire-packages.props
fi

export AspirePackages

# The container engine that answers, if any.
container_engine() {
    local engine
    for engine in docker podman; do
        if command -v "$engine" >/dev/null && "$engine" info >/dev/null 2>&1; then
            echo "$engine"
            return
        fi
    done
    return 1
}

# Errors only: a build that succeeds says nothing. Arguments: the project, and the configuration (Debug).
build() {
    echo "Building."
    dotnet msbuild "$1" -restore -nologo -verbosity:quiet "-property:Configuration=${2:-Debug}"
}
