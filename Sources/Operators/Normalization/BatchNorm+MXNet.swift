internal import OrderedCollections

extension BatchNorm {
  /// MXNet `BatchNorm` (nn/batch_norm-inl.h); the others compute the same at inference.
  package static let mxnet: MXNetDialect<BatchNorm>? = MXNetDialect(
    names: ["BatchNorm", "BatchNorm_v1", "CuDNNBatchNorm", "_contrib_SyncBatchNorm", "_npx_batch_norm"],
    read: { attributes throws(OperatorError) in
      attributes.ignore("momentum", "cudnn_off", "min_calib_range", "max_calib_range", "ndev", "key")
      guard try !attributes.boolean("output_mean_var", default: false) else {
        throw .attribute("output_mean_var", found: "True", expected: "False, the normalised data alone")
      }
      return BatchNorm(
        // The default is a float's 1e-3 in MXNet, widened.
        epsilon: try attributes.double("eps", default: Double(Float(1e-3))),
        fixGamma: try attributes.boolean("fix_gamma", default: true),
        usesGlobalStatistics: try attributes.boolean("use_global_stats", default: false),
        axis: try attributes.integer("axis", default: 1))
    },
    write: { norm throws(OperatorError) in
      var attributes = MXNetAttributes.Text()
      attributes["eps"] = "\(norm.epsilon)"
      attributes["fix_gamma"] = MXNetAttributes.Text.boolean(norm.fixGamma)
      attributes["use_global_stats"] = MXNetAttributes.Text.boolean(norm.usesGlobalStatistics)
      if norm.axis != 1 { attributes["axis"] = "\(norm.axis)" }
      return ("BatchNorm", attributes)
    },
    inputNames: { _ in ["data", "gamma", "beta", "moving_mean", "moving_var"] },
    hiddenOutputs: { _ in 2 })
}
