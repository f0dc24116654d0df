//! Executed agreement: how near a drawing is to what the executor draws from the same action.
//!
//! With `d` the mean absolute difference of two pictures, as they come back from their codes, a drawing
//! that follows the picture `before` and should look like `target` scores
//! `1 - d(drawn, target) / d(before, target)`, at least -1: the executor's own picture 1, a copy 0.

use crate::bundle::VqCodec;
use crate::error::Result;
use crate::generate::PictureCodec;
use crate::generate::pictures::action_of;
use crate::tasks::{Action, SceneState, execute};
use crate::tokens::{Codes, Parsed};
use crate::train::data::Sample;
use crate::train::host::Host;
use image::RgbImage;
use std::collections::HashMap;

/// A picture with less than this share of the contrast that it should have shows nothing.
const FLAT: f64 = 0.1;
/// Differences below a tenth of a level of 255 are none.
const NOTHING: f64 = 0.1;
/// A drawing shows what its action says if at least so much of the way to the executor's picture is gone.
pub const SHOWN: f64 = 0.5;

/// What the executor makes of an action.
#[derive(Clone, Debug, PartialEq)]
pub enum Executed<P> {
    Drawn(P),
    /// The scene can't change so: no drawing shows it.
    Impossible,
    /// Nobody knows: there is no action, or no scene, here or in a step before.
    Unknown,
}

impl<P> Executed<P> {
    pub fn as_ref(&self) -> Executed<&P> {
        match self {
            Executed::Drawn(picture) => Executed::Drawn(picture),
            Executed::Impossible => Executed::Impossible,
            Executed::Unknown => Executed::Unknown,
        }
    }
}

/// What the executor draws after each step of a thought, each on its own picture before.
pub fn executed(asked: &RgbImage, state: Option<&SceneState>, texts: &[&str]) -> Vec<Executed<RgbImage>> {
    let (mut current, mut state) = (Some(asked.clone()), state.cloned());
    let each = |text: &&str| {
        let (Some(before), Ok(action)) = (&current, action_of(text)) else {
            current = None;
            return Executed::Unknown;
        };
        let known = state.is_some() || !matches!(action, Action::Pred(_));
        match execute(before, &action, state.as_mut()) {
            Ok(picture) => {
                current = Some(picture.clone());
                Executed::Drawn(picture)
            }
            Err(_) if known => Executed::Impossible,
            Err(_) => {
                current = None;
                Executed::Unknown
            }
        }
    };
    texts.iter().map(each).collect()
}

/// The score of each drawing of a thought; None where nobody knows what it should show. All pictures are
/// of one size.
pub fn of_pictures(asked: &RgbImage, drawn: &[&RgbImage], targets: &[Executed<&RgbImage>]) -> Vec<Option<f64>> {
    let before = std::iter::once(&asked).chain(drawn);
    let score = |((before, drawn), target): ((&&RgbImage, &&RgbImage), &Executed<&RgbImage>)| match target {
        Executed::Drawn(target) => Some(of_picture(before, drawn, target)),
        Executed::Impossible => Some(0.0),
        Executed::Unknown => None,
    };
    before.zip(drawn).zip(targets).map(score).collect()
}

fn of_picture(before: &RgbImage, drawn: &RgbImage, target: &RgbImage) -> f64 {
    if contrast(drawn) < FLAT * contrast(target) {
        return -1.0;
    }
    let change = difference(before, target);
    if change < NOTHING {
        return 0.0;
    }
    (1.0 - difference(drawn, target) / change).max(-1.0)
}

/// Mean absolute difference, in levels of 255.
fn difference(a: &RgbImage, b: &RgbImage) -> f64 {
    let sum: u64 = a.iter().zip(b.iter()).map(|(a, b)| u64::from(a.abs_diff(*b))).sum();
    sum as f64 / a.len().max(1) as f64
}

/// Mean absolute difference from the picture's own mean colour, in levels of 255.
fn contrast(picture: &RgbImage) -> f64 {
    let pixels = picture.pixels().len().max(1) as f64;
    let mean = |channel: usize| picture.pixels().map(|p| f64::from(p.0[channel])).sum::<f64>() / pixels;
    let means = [0, 1, 2].map(mean);
    let apart = |p: &image::Rgb<u8>| (0..3).map(|c| (f64::from(p.0[c]) - means[c]).abs()).sum::<f64>() / 3.0;
    picture.pixels().map(apart).sum::<f64>() / pixels
}

/// The scores of the drawings of some answers to one question, whose picture has the codes `picture`. Those
/// of a thought that is cut off are not scored, nor with `scene` false those of PRED.
pub async fn of_answers(
    codec: &VqCodec,
    (asked, picture): (&Sample, &Codes),
    answers: &[Parsed],
    scene: bool,
    host: &mut impl Host,
) -> Result<Vec<Vec<Option<f64>>>> {
    let mut seen = Seen { codec, pictures: HashMap::new() };
    let mut targets: HashMap<Vec<String>, Executed<Codes>> = HashMap::new();
    for parsed in answers.iter().filter(|parsed| parsed.valid()) {
        let texts: Vec<&str> = parsed.steps.iter().map(|step| step.text.as_str()).collect();
        if targets.contains_key(&actions(&texts)) {
            continue;
        }
        host.pause().await?;
        let executed = executed(&asked.picture, asked.state.as_ref(), &texts);
        let drawn = executed.iter().filter_map(|target| if let Executed::Drawn(p) = target { Some(p) } else { None });
        let chain: Vec<&RgbImage> = std::iter::once(&asked.picture).chain(drawn).collect();
        let mut codes = codec.encode_chains(&[chain]).await?.into_iter().flatten().skip(1);
        for (i, target) in executed.iter().enumerate() {
            let target = match target {
                Executed::Drawn(_) => Executed::Drawn(codes.next().expect("one picture, one grid of codes")),
                Executed::Impossible => Executed::Impossible,
                Executed::Unknown => Executed::Unknown,
            };
            targets.insert(actions(&texts[..=i]), target);
        }
    }
    seen.look(picture).await?;
    let drawn = answers.iter().filter(|parsed| parsed.valid()).flat_map(|parsed| &parsed.steps);
    let codes = drawn.filter_map(|step| step.picture.as_ref());
    let executed =
        targets.values().filter_map(|target| if let Executed::Drawn(codes) = target { Some(codes) } else { None });
    for codes in codes.chain(executed) {
        host.pause().await?;
        seen.look(codes).await?;
    }
    Ok(answers.iter().map(|parsed| seen.scores(picture, parsed, &targets, scene)).collect())
}

/// What the executor's pictures depend on.
fn actions(texts: &[&str]) -> Vec<String> {
    texts.iter().map(|text| action_of(text).map_or_else(|_| String::new(), |action| action.to_string())).collect()
}

/// Pictures as they come back from their codes.
struct Seen<'a> {
    codec: &'a VqCodec,
    pictures: HashMap<Vec<u16>, RgbImage>,
}

impl Seen<'_> {
    async fn look(&mut self, codes: &Codes) -> Result<()> {
        if !self.pictures.contains_key(&codes.codes) {
            self.pictures.insert(codes.codes.clone(), self.codec.decode(codes).await?);
        }
        Ok(())
    }

    fn scores(
        &self,
        asked: &Codes,
        parsed: &Parsed,
        targets: &HashMap<Vec<String>, Executed<Codes>>,
        scene: bool,
    ) -> Vec<Option<f64>> {
        if !parsed.valid() {
            return Vec::new();
        }
        let seen = |codes: &Codes| &self.pictures[&codes.codes];
        let texts: Vec<&str> = parsed.steps.iter().map(|step| step.text.as_str()).collect();
        let drawn: Vec<&RgbImage> = parsed.steps.iter().filter_map(|step| step.picture.as_ref()).map(seen).collect();
        let target = |i: usize| match &targets[&actions(&texts[..=i])] {
            Executed::Drawn(_) if !scene && matches!(action_of(texts[i]), Ok(Action::Pred(_))) => Executed::Unknown,
            Executed::Drawn(codes) => Executed::Drawn(seen(codes)),
            Executed::Impossible => Executed::Impossible,
            Executed::Unknown => Executed::Unknown,
        };
        let targets: Vec<Executed<&RgbImage>> = (0..texts.len()).map(target).collect();
        of_pictures(seen(asked), &drawn, &targets)
    }
}

#[cfg(all(test, feature = "native"))]
mod tests {
    use super::*;
    use crate::model::checkpoint::Checkpoint;
    use crate::tasks::{Bank, Hand, Setting, Split, TaskType, generate};
    use crate::tokens::ThoughtStep;
    use crate::train::host::Alone;
    use burn::tensor::Device;
    use image::Rgb;
    use pollster::block_on;
    use rand::SeedableRng;
    use rand_chacha::ChaCha8Rng;
    use std::path::Path;

    fn plain(level: u8) -> RgbImage {
        RgbImage::from_fn(4, 4, |x, _| Rgb([if x < 2 { 0 } else { level }; 3]))
    }

    #[test]
    fn scores_by_hand() {
        let of = |drawn: &RgbImage| of_picture(&plain(100), drawn, &plain(200));
        // The half that should change by 100 levels is 25, 100 or 0 away.
        assert_eq!([of(&plain(175)), of(&plain(100)), of(&plain(200))], [0.75, 0.0, 1.0]);
        // Further off than the picture before: at least -1.
        assert_eq!([of(&plain(50)), of(&plain(10))], [-0.5, -1.0]);
        // A flat picture shows nothing.
        let flat = RgbImage::from_pixel(4, 4, Rgb([100; 3]));
        assert_eq!(of_picture(&plain(0), &flat, &plain(200)), -1.0);
        // Nothing is to change: nothing is earned by that.
        assert_eq!(of_picture(&plain(100), &plain(100), &plain(100)), 0.0);
    }

    #[test]
    fn the_executor_says_what_it_can() {
        let mut rng = ChaCha8Rng::seed_from_u64(1);
        let item =
            generate(&Bank::empty(), TaskType::V4, Setting { difficulty: Some(1), ..Split::Train.into() }, &mut rng);
        let own: Vec<&str> = item.steps.iter().map(|step| step.text.as_str()).collect();
        let pictures = executed(&item.picture, item.state.as_ref(), &own);
        assert!(pictures.iter().zip(&item.steps).all(|(a, step)| *a == Executed::Drawn(step.picture.clone())));
        let thought = ["go PRED(fly away)", own[0]];
        let tried = executed(&item.picture, item.state.as_ref(), &thought);
        assert_eq!(tried, [Executed::Impossible, pictures[0].clone()]);
        // Without the scene, and after what isn't an action, nobody knows.
        assert_eq!(executed(&item.picture, None, &thought), [Executed::Unknown, Executed::Unknown]);
        let marked = executed(&item.picture, None, &["there MARK(0.50,0.50,1)", "and then", own[0]]);
        assert!(matches!(&marked[..], [Executed::Drawn(_), Executed::Unknown, Executed::Unknown]));
    }

    /// With the pictures that the shipped tokenizer makes of codes.
    #[test]
    fn a_copy_earns_nothing_a_blank_less_the_executors_own_the_most() {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let device = Device::flex();
        let checkpoint = Checkpoint::load(&root.join("www/models/mini"), &device).unwrap();
        let codec = VqCodec::new(checkpoint.vq().unwrap().clone(), device);
        let bank = Bank::load(&root.join("data")).unwrap();
        let blank = RgbImage::from_pixel(codec.size(), codec.size(), Rgb([255; 3]));
        let blank = block_on(codec.encode(&blank)).unwrap();
        for task_type in TaskType::ALL {
            // Its tokenizer knows one hand.
            let plain = Setting { hand: Some(Hand::Plain), ..Split::Train.into() };
            let item = generate(&bank, task_type, plain, &mut ChaCha8Rng::seed_from_u64(3));
            let asked = Sample::from(item);
            let texts: Vec<&str> = asked.steps.iter().map(|step| step.text.as_str()).collect();
            let picture = block_on(codec.encode(&asked.picture)).unwrap();
            let drawn = asked.steps.iter().filter_map(|step| step.picture.as_ref());
            let chain: Vec<&RgbImage> = std::iter::once(&asked.picture).chain(drawn).collect();
            let true_codes = block_on(codec.encode_chains(&[chain])).unwrap().remove(0).split_off(1);
            let thought = |codes: Vec<Codes>| {
                let step = |(text, codes): (&&str, Codes)| ThoughtStep { text: text.to_string(), picture: Some(codes) };
                Parsed { steps: texts.iter().zip(codes).map(step).collect(), answer: "3".into(), ..Parsed::default() }
            };
            let copies = vec![picture.clone(); texts.len()];
            let answers = [thought(true_codes), thought(copies), thought(vec![blank.clone(); texts.len()])];
            let scores = |scene| block_on(of_answers(&codec, (&asked, &picture), &answers, scene, &mut Alone)).unwrap();
            let [own, copied, blanks] = &scores(true)[..] else { panic!("three answers") };
            assert!(own.iter().all(|score| *score == Some(1.0)), "{task_type}: {own:?}");
            assert!(copied.iter().all(|score| *score == Some(0.0)), "{task_type}: {copied:?}");
            assert!(blanks.iter().all(|score| score.unwrap() < 0.0), "{task_type}: {blanks:?}");
            for (text, score) in texts.iter().zip(&scores(false)[0]) {
                assert_eq!(score.is_none(), text.contains("PRED("), "{task_type}: {text}");
            }
        }
    }
}
