use super::*;
use serde_json::{Value, json};

#[test]
fn the_task_types_of_a_model_are_kept_beside_what_others_wrote() {
    let mut config = ModelConfig::preset("nano", 2048).unwrap();
    assert_eq!((config.capabilities(), config.generator()), (None, None));
    let capabilities =
        Capabilities { task_types: vec!["N1".into(), "V2".into()], draws: false, hand: None, own: false };
    config.set_capabilities(&capabilities);
    let read = ModelConfig::from_json(config.to_json().as_bytes()).unwrap();
    assert_eq!((read.capabilities(), read.generator()), (Some(capabilities), Some(tasks::GENERATOR)));
    assert_eq!(read.other["hidden_act"], "silu");
}

/// What `transformers` writes leaves out whatever its classes say themselves; these are their values.
#[test]
fn keys_that_are_left_out_have_the_classes_values() {
    let shortest = ModelConfig::from_json(br#"{"model_type": "chameleon"}"#).unwrap();
    assert_eq!((shortest.vocab_size, shortest.hidden_size, shortest.intermediate_size), (65536, 4096, 11008));
    assert_eq!((shortest.num_hidden_layers, shortest.num_attention_heads, shortest.num_key_value_heads), (32, 32, 32));
    assert_eq!((shortest.max_position_embeddings, shortest.rope().theta, shortest.rms_norm_eps), (4096, 1e4, 1e-5));
    let vq = &shortest.vq_config;
    assert_eq!((vq.picture_size(), vq.grid(), vq.num_embeddings, vq.embed_dim), (512, 32, 8192, 256));
    assert_eq!((vq.channels(), vq.num_res_blocks), (vec![128, 128, 256, 256, 512], 2));
    // As the published 7B has it, but for the names of its 65,536 tokens.
    let published = json!({
        "architectures": ["ChameleonForConditionalGeneration"], "attention_bias": false, "attention_dropout": 0.0,
        "bos_token_id": 0, "eos_token_id": 2, "hidden_act": "silu", "hidden_size": 4096, "initializer_range": 0.02,
        "max_position_embeddings": 4096, "mlp_bias": false, "model_parallel_size": 1, "model_type": "chameleon",
        "num_attention_heads": 32, "num_hidden_layers": 32, "num_key_value_heads": 32, "pad_token_id": 1,
        "rms_norm_eps": 1e-05, "rope_scaling": null, "rope_theta": 10000, "swin_norm": false,
        "tie_word_embeddings": false, "use_cache": true, "vocab_size": 65536,
        "vq_config": { "model_type": "chameleon_vqgan" },
    });
    let read = ModelConfig::from_json(published.to_string().as_bytes()).unwrap();
    assert_eq!((read.intermediate_size, read.vq_config.latent_channels), (11008, 256));
    let marked = format!("\u{feff}{published}");
    assert!(ModelConfig::from_json(marked.as_bytes()).is_ok(), "a byte-order mark");
    assert!(ModelConfig::from_json(b"{}").unwrap_err().to_string().contains("model_type"));
}

/// A config with one key changed, by its path.
fn changed(path: &str, value: Value) -> Result<ModelConfig> {
    let mut config = serde_json::to_value(ModelConfig::preset("nano", 2048).unwrap()).unwrap();
    *config
        .pointer_mut(path.rsplit_once('/').unwrap().0)
        .unwrap()
        .as_object_mut()
        .unwrap()
        .entry(path.rsplit_once('/').unwrap().1)
        .or_insert(Value::Null) = value;
    ModelConfig::from_json(config.to_string().as_bytes())
}

#[test]
fn what_is_not_computed_is_refused_by_name() {
    for (path, value, name) in [
        ("/attention_bias", json!(true), "attention_bias"),
        ("/mlp_bias", json!(true), "mlp_bias"),
        ("/hidden_act", json!("gelu"), "gelu"),
        ("/rope_scaling", json!({ "type": "linear", "factor": 2.0 }), "rope_scaling (linear)"),
        ("/rope_scaling", json!({ "rope_type": "llama3", "factor": 8.0 }), "rope_scaling (llama3)"),
        ("/rope_parameters", json!({ "rope_type": "yarn", "rope_theta": 1e4 }), "yarn"),
        ("/rope_parameters", json!({ "rope_type": "default", "partial_rotary_factor": 0.5 }), "partial_rotary"),
        ("/head_dim", json!(64), "heads of size 64"),
        ("/quantization_config", json!({ "bits": 4 }), "quantization_config"),
        ("/vq_config/attn_type", json!("linear"), "linear"),
        ("/vq_config/double_latent", json!(true), "double_latent"),
        ("/vq_config/attn_resolutions", json!([16, 64, 512]), ""),
    ] {
        match changed(path, value.clone()) {
            Err(error) => assert!(!name.is_empty() && error.to_string().contains(name), "{path} {value}: {error}"),
            Ok(_) => assert_eq!(name, "", "{path} {value} is taken"),
        }
    }
    for (path, value) in [
        ("/rope_scaling", json!({ "rope_type": "default" })),
        ("/rope_parameters", json!({ "rope_theta": 1e5, "rope_type": "default" })),
        ("/hidden_act", json!("swish")),
        ("/head_dim", json!(32)),
        ("/attention_bias", Value::Null),
    ] {
        assert!(changed(path, value.clone()).is_ok(), "{path} {value}");
    }
}

#[test]
fn sizes_are_bounded_before_anything_is_made_of_them() {
    for name in [
        "vocab_size",
        "hidden_size",
        "intermediate_size",
        "num_hidden_layers",
        "num_attention_heads",
        "num_key_value_heads",
        "max_position_embeddings",
        "vq_config/embed_dim",
        "vq_config/num_embeddings",
        "vq_config/latent_channels",
        "vq_config/resolution",
        "vq_config/in_channels",
        "vq_config/base_channels",
        "vq_config/num_res_blocks",
    ] {
        for value in [0_u64, 1 << 20, 1 << 33, u64::MAX] {
            assert!(changed(&format!("/{name}"), value.into()).is_err(), "{name} {value}");
        }
    }
    for multipliers in [json!([]), json!([0]), json!([1_u64 << 40]), json!(vec![1; 70])] {
        assert!(changed("/vq_config/channel_multiplier", multipliers.clone()).is_err(), "{multipliers}");
    }
    assert!(changed("/vq_config/resolution", 256.into()).is_err(), "a grid of 128 codes a side");
    for theta in [json!(0.0), json!(-1.0), json!(1e39)] {
        assert!(changed("/rope_theta", theta.clone()).is_err(), "{theta}");
    }
}
