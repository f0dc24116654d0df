//! Our model against Hugging Face transformers, on the small random checkpoints of tests/parity
//! (its README.md says what is stored there and how it was made).

#[path = "devices.rs"]
mod devices;
#[path = "parity/fixture.rs"]
mod fixture;

use burn::tensor::{Device, Int, Tensor, TensorData};
use fixture::{TOLERANCE, channels_first, difference, for_each_fixture, read, track};
use omni_r1_web::bundle::CachedTransformer;
use omni_r1_web::generate::{Choice, LanguageModel, Sampler, Sampling, one_by_one};
use omni_r1_web::kernels::cross_entropy;
use omni_r1_web::model::checkpoint::{Precision, load_tensors};
use omni_r1_web::model::{Checkpoint, Piece};
use omni_r1_web::tokens::Token;
use omni_r1_web::vq::pixels;
use safetensors::SafeTensors;
use std::path::Path;

#[test]
fn logits_and_states_are_those_of_transformers() {
    for_each_fixture(|f| {
        let transformer = f.checkpoint.transformer().expect("a transformer");
        let hidden = transformer.hidden(&f.rows(f.length()));
        f.compare("hidden.norm", &read(hidden.clone()));
        f.compare("logits", &read(transformer.logits(hidden)));
    });
}

#[test]
fn reading_in_pieces_gives_the_logits_of_reading_at_once() {
    for_each_fixture(|f| {
        let transformer = f.checkpoint.transformer().expect("a transformer");
        let (shape, logits) = &f.expected["logits"];
        let (length, vocabulary) = (shape[1], shape[2]);
        for (row, tokens) in f.tokens.iter().enumerate() {
            let mut cache = transformer.new_cache(1, length);
            // Once more after a reset: nothing of the first time may be left.
            for pieces in [vec![7, 1, 1, 5], vec![1; 9]] {
                cache.rewind(0, 0);
                let (mut from, mut pieces) = (0, pieces.into_iter().chain(std::iter::repeat(1)));
                while from < length {
                    let piece = pieces.next().expect("there is no last piece");
                    let ours = read(transformer.feed(&tokens[from..from + piece], 1, &mut cache));
                    from += piece;
                    let at = (row * length + from - 1) * vocabulary;
                    let difference = difference(&ours, &logits[at..at + vocabulary]);
                    assert!(difference <= TOLERANCE, "{}: row {row}, token {from}: off by {difference:.1e}", f.what);
                }
                assert_eq!(cache.position(), length);
            }
        }
    });
}

/// Some of several sequences go on, at different places and by different numbers of tokens: each as if it were
/// alone. What one has read and forgotten again leaves no trace.
#[test]
fn sequences_that_go_on_together_are_as_each_alone() {
    for_each_fixture(|f| {
        let transformer = f.checkpoint.transformer().expect("a transformer");
        let (prompt, more) = f.tokens[0].split_at(4);
        let mut first = transformer.new_cache(1, f.tokens[0].len());
        read(transformer.feed(prompt, 1, &mut first));
        let mut together = transformer.new_cache(3, first.capacity);
        together.go_on_from(&first, 0..1);
        together.go_on_from(&first, 1..3);
        let mut alone = [first.clone(), first.clone(), first];
        let piece = |sequence, tokens, wanted| Piece { sequence, tokens, wanted };
        for pieces in [
            &[piece(0, &more[..1], 1), piece(1, &more[1..2], 1), piece(2, &more[2..3], 1)][..],
            &[piece(2, &more[3..4], 1)],
            &[piece(2, &more[..3], 2), piece(0, &more[1..2], 1), piece(1, &more[..2], 2)],
            &[piece(1, &more[2..4], 1), piece(0, &more[..3], 3)],
        ] {
            together.rewind(2, alone[2].position());
            let ours = read(transformer.feed_each(pieces, &mut together));
            let mut ours = ours.chunks_exact(transformer.config.vocab_size);
            for Piece { sequence, tokens, wanted } in pieces {
                let mut own = alone[*sequence].clone();
                for (i, token) in tokens.iter().enumerate() {
                    let expected = read(transformer.feed(&[*token], 1, &mut own));
                    if i + wanted >= tokens.len() {
                        let difference = difference(ours.next().expect("as many as wanted"), &expected);
                        assert!(difference <= TOLERANCE, "{}: sequence {sequence}: off by {difference:.1e}", f.what);
                    }
                }
                // Only the third forgets what it has read.
                if *sequence < 2 {
                    alone[*sequence] = own;
                }
            }
            assert!(ours.next().is_none());
        }
    });
}

/// Right, wrong, or right for a while.
#[test]
fn drafts_change_nothing_in_what_is_drawn() {
    for_each_fixture(|f| {
        let mut model = CachedTransformer::new(f.checkpoint.transformer().expect("a transformer").clone());
        let ids = model.vocab_size() as u32;
        let prompt: Vec<Token> = f.tokens[0][..3].iter().map(|&id| Token(id)).collect();
        for (temperature, top_p) in [(1.0, 1.0), (0.7, 0.8), (0.0, 1.0)] {
            let sampling = Sampling { temperature, top_p };
            let every = 0..ids;
            let choice = Choice { count: 6, ranges: std::slice::from_ref(&every), sampling, draft: &[] };
            model.reset();
            let expected = pollster::block_on(one_by_one(&mut model, &prompt, &choice, &mut Sampler::new(3)));
            let expected = expected.expect("tokens");
            for right in 0..=5 {
                let mut draft = expected[..5].to_vec();
                if let Some(wrong) = draft.get_mut(right) {
                    wrong.0 = (wrong.0 + 1) % ids;
                }
                model.reset();
                let (mut sampler, choice) = (Sampler::new(3), Choice { draft: &draft, ..choice });
                let mut drawn = pollster::block_on(model.draw(&prompt, &choice, &mut sampler)).expect("tokens");
                assert_eq!(drawn.len(), right + 1, "{} at {temperature}", f.what);
                assert_eq!(model.position(), prompt.len() + drawn.len() - 1, "{} at {temperature}", f.what);
                while drawn.len() < 6 {
                    let (last, choice) = (drawn[drawn.len() - 1], Choice { count: 1, draft: &[], ..choice });
                    drawn.extend(pollster::block_on(model.draw(&[last], &choice, &mut sampler)).expect("a token"));
                }
                assert_eq!(drawn, expected, "{} at {temperature}, {right} right", f.what);
            }
        }
    });
}

#[test]
fn tokens_drawn_on_the_device_are_those_drawn_one_by_one() {
    for_each_fixture(|f| {
        let mut model = CachedTransformer::new(f.checkpoint.transformer().expect("a transformer").clone());
        let ids = model.vocab_size() as u32;
        for (temperature, top_p) in [(1.0, 1.0), (0.7, 0.8), (0.0, 1.0)] {
            let sampling = Sampling { temperature, top_p };
            let choice = Choice { count: 8, ranges: &[0..ids / 3, ids / 2..ids], sampling, draft: &[] };
            let prompt: Vec<Token> = f.tokens[0][..5].iter().map(|&id| Token(id)).collect();
            let [drawn, expected] = [true, false].map(|on_device| {
                model.reset();
                let (mut sampler, mut tokens) = (Sampler::new(3), prompt.clone());
                // The second time it begins with what the first has left.
                for _ in 0..2 {
                    let unread = &tokens[model.position()..].to_vec();
                    tokens.extend(match on_device {
                        true => pollster::block_on(model.draw(unread, &choice, &mut sampler)).expect("tokens"),
                        false => {
                            pollster::block_on(one_by_one(&mut model, unread, &choice, &mut sampler)).expect("tokens")
                        }
                    });
                }
                assert_eq!(model.position(), tokens.len() - 1, "{}", f.what);
                tokens
            });
            assert_eq!(drawn, expected, "{} at {temperature}", f.what);
        }
    });
}

#[test]
fn loss_and_gradients_are_those_of_transformers() {
    for_each_fixture(|f| {
        let mut tracked = f.checkpoint.transformer().expect("a transformer").clone();
        track(tracked.weights_mut());
        let length = f.length();
        let logits = tracked.logits(tracked.hidden(&f.rows(length - 1)));
        let [batch, _, vocabulary] = logits.dims();
        let targets: Vec<i32> = f.tokens.iter().flat_map(|row| row[1..].iter().map(|&t| t as i32)).collect();
        let targets = Tensor::<1, Int>::from_data(TensorData::new(targets, [batch * (length - 1)]), &f.device);
        let loss = cross_entropy(logits.reshape([batch * (length - 1), vocabulary]), targets).mean();
        f.compare("loss", &read(loss.clone().inner()));
        let gradients = loss.backward();
        let compared = f.compare_gradients(&tracked.weights(), &gradients);
        let stored = f.expected.keys().filter(|name| name.starts_with("grad.") && !name.contains("vqmodel")).count();
        assert_eq!(compared, stored, "{}: gradients of the transformer", f.what);
    });
}

#[test]
fn pictures_are_folded_as_stored() {
    for_each_fixture(|f| {
        let (shape, bytes) = &f.inputs["picture"];
        let size = shape[1] as u32;
        let fold = f.checkpoint.config.vq_config.fold();
        let bytes: Vec<u8> = bytes.iter().map(|&b| b as u8).collect();
        let ours: Vec<f32> = bytes
            .chunks_exact(bytes.len() / shape[0])
            .flat_map(|one| {
                pixels::to_folded(&image::RgbImage::from_raw(size, size, one.to_vec()).expect("a square picture"), fold)
            })
            .collect();
        assert!(difference(&ours, &read(f.picture(&f.inputs["pixels"]))) < 1e-6, "{}: pixels", f.what);
    });
}

#[test]
fn codes_are_those_of_transformers() {
    for_each_fixture(|f| {
        let vq = f.checkpoint.vq().expect("a VQ-GAN");
        let latents = vq.latents(f.picture(&f.inputs["pixels"]));
        f.compare("vq.latent", &read(channels_first(latents.clone())));
        let codes: Vec<f32> = vq.quantize(latents).into_data().iter::<i64>().map(|c| c as f32).collect();
        assert_eq!(codes, f.expected["vq.codes"].1, "{}: codes", f.what);
    });
}

#[test]
fn drawn_pixels_are_those_of_the_peer() {
    for_each_fixture(|f| {
        let vq = f.checkpoint.vq().expect("a VQ-GAN");
        assert_eq!(vq.has_decoder(), f.expected.contains_key("vq.decoder_pixels"), "{}: decoder", f.what);
        if !vq.has_decoder() {
            let nothing = vq.pixels(vq.look_up(f.codes("vq.codes"))).expect_err("there is no decoder");
            assert_eq!(nothing.code(), "checkpoint");
            return;
        }
        let draw = |codes| read(channels_first(vq.pixels(vq.look_up(f.codes(codes))).expect("a decoder")));
        f.compare("vq.decoder_pixels", &draw("vq.decoder_codes"));
        f.compare("vq.restored", &draw("vq.codes"));
    });
}

#[test]
fn gradients_of_the_picture_side_are_those_of_the_peer() {
    for_each_fixture(|f| {
        if !f.expected.contains_key("vq.loss") {
            return;
        }
        let mut tracked = f.checkpoint.vq().expect("a VQ-GAN").clone();
        track(tracked.weights_mut());
        let pixels = f.picture(&f.inputs["pixels"]).autodiff();
        let latents = tracked.latents(pixels.clone());
        let codes = tracked.look_up(f.codes("vq.codes"));
        // Straight through: the value of the codes, the gradient of the latents.
        let through = latents.clone() + (codes.clone() - latents.clone()).detach();
        let restored = tracked.pixels(through).expect("a decoder");
        let square = |x: Tensor<4>| (x.clone() * x).mean();
        let to_codes = square(latents.clone() - codes.clone().detach());
        let to_latents = square(codes - latents.detach()) * 0.25;
        let quantizer_loss = to_codes + to_latents;
        f.compare("vq.quantizer_loss", &read(quantizer_loss.clone().inner()));
        let loss = square(restored - pixels) + quantizer_loss;
        f.compare("vq.loss", &read(loss.clone().inner()));
        let gradients = loss.backward();
        let compared = f.compare_gradients(&tracked.weights(), &gradients);
        let stored = f.expected.keys().filter(|name| name.starts_with("grad.model.vqmodel.")).count();
        assert_eq!(compared, stored, "{}: gradients of the VQ-GAN", f.what);
    });
}

#[test]
fn what_is_saved_is_what_was_read() {
    for_each_fixture(|f| {
        let dir =
            std::env::temp_dir().join(format!("omni-r1-parity-{}-{}", std::process::id(), f.what.replace(' ', "-")));
        pollster::block_on(f.checkpoint.save(&dir, Precision::F32)).expect("a folder to write to");
        let (before, after) = (load_tensors(&f.dir).expect("the fixture"), load_tensors(&dir).expect("the copy"));
        let again = Checkpoint::load(&dir, &f.device).expect("the copy loads");
        std::fs::remove_dir_all(&dir).expect("our own folder");
        for (name, data) in &before {
            // Beside no decoder nobody reads it.
            if name.contains("post_quant_conv") && !f.checkpoint.vq().expect("a VQ-GAN").has_decoder() {
                continue;
            }
            assert_eq!(Some(data), after.get(name), "{}: {name}", f.what);
        }
        let config = |checkpoint: &Checkpoint| serde_json::to_value(&checkpoint.config).expect("JSON");
        assert_eq!(config(&f.checkpoint), config(&again));
    });
}

#[test]
fn the_weights_may_lie_in_several_files() {
    let dir = std::env::temp_dir().join(format!("omni-r1-shards-{}", std::process::id()));
    let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/parity/plain");
    std::fs::create_dir_all(&dir).expect("a temporary folder");
    std::fs::copy(source.join("config.json"), dir.join("config.json")).expect("the config");
    let bytes = std::fs::read(source.join("model.safetensors")).expect("the weights");
    let file = SafeTensors::deserialize(&bytes).expect("a whole file");
    let (first, second): (Vec<_>, Vec<_>) = file.tensors().into_iter().partition(|(name, _)| name.len() % 2 == 0);
    for (number, shard) in [first, second].into_iter().enumerate() {
        let bytes = safetensors::serialize(shard, None).expect("tensors");
        std::fs::write(dir.join(format!("model-0000{}-of-00002.safetensors", number + 1)), bytes)
            .expect("room for a shard");
    }
    let whole = load_tensors(&source).expect("one file");
    let shards = load_tensors(&dir).expect("two files");
    let lacking = {
        std::fs::remove_file(dir.join("model-00002-of-00002.safetensors")).expect("our own file");
        Checkpoint::load(&dir, &Device::flex()).err().expect("half of the weights are gone")
    };
    std::fs::remove_dir_all(&dir).expect("our own folder");
    assert_eq!(whole, shards);
    assert_eq!(lacking.code(), "checkpoint");
    assert!(lacking.to_string().contains("lack the tensor"), "{lacking}");
}
