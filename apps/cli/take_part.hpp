#pragma once

#include "apps/cli/options.hpp"
#include "apps/cli/report.hpp"
#include "apps/cluster/cluster.hpp"

namespace tacet::apps {

/// The endpoint of a cluster that --party or --name names. Fails: Errc::bad_config if the cluster lacks a
/// client of the plan, Errc::bad_argument listing who there is.
EndpointId find_self(const Cluster& cluster, const Plan& plan, const Options& options, bool as_client);

/// Brings an endpoint's inputs when the offline phase is over; waits for pipes until `cancelled`.
using ProvideInputs = std::function<std::map<std::string, Tensor>(const std::function<bool()>& cancelled)>;

/// Takes part in a job between hosts with inputs known beforehand or, if there is `provide`, later. `what`
/// names it in logs. Fails: Error for mistakes in options and files.
Report take_part(const std::string& what, const Job& job, const Cluster& cluster, const Options& options,
                 EndpointId self, std::map<std::string, Tensor> inputs, const ProvideInputs& provide = {});

}  // namespace tacet::apps
