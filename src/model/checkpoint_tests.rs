use super::*;

fn fixture(case: &str) -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity").join(case)
}

/// What one checkpoint holds is written back, no tensor less: `plain` has the convolution before
/// a VQ decoder, but no decoder. Other files of its folder are none of its weights.
#[test]
fn what_is_saved_is_what_was_read() {
    let dir = std::env::temp_dir().join(format!("omni-r1-checkpoint-{}", std::process::id()));
    for case in ["plain", "odd"] {
        let read = Checkpoint::load(&fixture(case), &Device::flex()).unwrap();
        pollster::block_on(read.save(&dir, Precision::F32)).unwrap();
        std::fs::write(dir.join("optimizer.safetensors"), "of a run").unwrap();
        assert_eq!(load_tensors(&dir).unwrap(), load_tensors(&fixture(case)).unwrap(), "{case}");
    }
    std::fs::remove_dir_all(&dir).unwrap();
    let message = write_file(&dir.join("codes.json"), b"[]").unwrap_err().to_string();
    assert!(message.contains("codes.json: ") && message.ends_with('.'), "{message}");
}

#[test]
fn no_attention_is_written_as_a_word() {
    let text = std::fs::read_to_string(fixture("plain").join("config.json")).unwrap();
    let mut json: serde_json::Value = serde_json::from_str(&text).unwrap();
    json["vq_config"]["attn_type"] = serde_json::Value::Null;
    let config = ModelConfig::from_json(json.to_string().as_bytes()).unwrap();
    let written: serde_json::Value = serde_json::from_str(&config.to_json()).unwrap();
    assert_eq!((config.vq_config.has_attention(), &written["vq_config"]["attn_type"]), (false, &"none".into()));
}

/// A fixture's files with another config and other weights.
fn read(case: &str, change: impl FnOnce(&mut serde_json::Value, &mut Tensors)) -> Result<Checkpoint> {
    let text = std::fs::read_to_string(fixture(case).join("config.json")).unwrap();
    let (mut config, mut tensors) = (serde_json::from_str(&text).unwrap(), load_tensors(&fixture(case)).unwrap());
    change(&mut config, &mut tensors);
    let weights = write_tensors(tensors.into_iter().collect(), Precision::F32).unwrap();
    Checkpoint::from_bytes(config.to_string().as_bytes(), &weights, &Device::flex())
}

fn message<T>(result: Result<T>) -> String {
    result.err().map(|error| error.to_string()).unwrap_or_default()
}

#[test]
fn a_head_that_is_tied_to_the_embedding_is_its_copy() {
    let tied = |config: &mut serde_json::Value, tensors: &mut Tensors| {
        config["tie_word_embeddings"] = true.into();
        tensors.remove(HEAD);
    };
    let checkpoint = read("plain", tied).unwrap();
    let weights = checkpoint.transformer().unwrap().weights();
    let table = |name: &str| {
        let weight = weights.iter().find(|weight| weight.parts[0].name == name).unwrap();
        pollster::block_on(weight.read_back()).unwrap().remove(0).1
    };
    assert_eq!(table(HEAD), table(EMBEDDING));
    // What is written has both tables, so it must not say that they are one.
    assert!(!checkpoint.config.ties_embeddings());
    // transformers doesn't look at a head that is there nevertheless.
    let other = read("plain", |config, _| config["tie_word_embeddings"] = true.into()).unwrap();
    let head = other.transformer().unwrap().weights().into_iter().last().unwrap().tensor.clone();
    let values = pollster::block_on(crate::model::weight::read_values(head)).unwrap();
    assert_eq!(values, table(EMBEDDING).try_to_vec::<f32>().unwrap());
    assert!(message(read("plain", |_, tensors| _ = tensors.remove(HEAD))).contains("lack the tensor lm_head.weight"));
}

#[test]
fn tensors_without_a_place_are_named() {
    let extra = |name: &'static str| {
        message(read("plain", move |_, tensors| {
            tensors.insert(name.into(), TensorData::new(vec![1.0_f32], [1]));
        }))
    };
    assert!(extra("model.layers.0.self_attn.q_proj.bias").contains("q_proj.bias"));
    assert!(extra("model.layers.99.mlp.up_proj.weight").contains("layers.99"));
    assert_eq!(extra("model.layers.0.self_attn.rotary_emb.inv_freq"), "", "old versions wrote it");
}

#[test]
fn weights_that_are_no_numbers_are_refused() {
    for value in [f32::NAN, f32::INFINITY] {
        let said = message(read("plain", |_, tensors| {
            let table = tensors.get_mut(EMBEDDING).unwrap();
            let mut values = table.try_to_vec::<f32>().unwrap();
            values[7] = value;
            *table = TensorData::new(values, table.shape().iter().copied().collect::<Vec<_>>());
        }));
        assert!(said.contains(EMBEDDING) && said.contains("finite"), "{said}");
    }
}

#[test]
fn types_are_read_or_told_by_their_name() {
    let file = |dtype: Dtype, bytes: &[u8]| {
        let view = TensorView::new(dtype, vec![2], bytes).unwrap();
        read_tensors(&safetensors::serialize([("a", view)], None).unwrap())
    };
    let values = |dtype: Dtype, bytes: &[u8]| file(dtype, bytes).unwrap()["a"].try_to_vec::<f32>().unwrap();
    assert_eq!(values(Dtype::F64, &[1.5_f64, -2.0].map(f64::to_le_bytes).concat()), [1.5, -2.0]);
    assert_eq!(values(Dtype::I64, &[3_i64, -2].map(i64::to_le_bytes).concat()), [3.0, -2.0]);
    let said = message(file(Dtype::U8, &[1, 2]));
    assert!(said.contains("U8") && !said.contains("damaged"), "{said}");
}

#[test]
fn files_say_that_they_are_pytorchs() {
    let file = write_tensors(vec![("a".into(), TensorData::new(vec![1.0_f32], [1]))], Precision::F16).unwrap();
    let (_, header) = SafeTensors::read_metadata(&file).unwrap();
    assert_eq!(header.metadata().as_ref().and_then(|map| map.get("format")).map(String::as_str), Some("pt"));
}
